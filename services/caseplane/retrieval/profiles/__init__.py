"""Which embedding model a knowledge base is searched under, and the change to another."""
