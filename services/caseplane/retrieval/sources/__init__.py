"""Sources: where the documents of a knowledge base come from."""
