"""How good a knowledge base is: what was not read, what is there twice, and which of its own questions it answers."""
