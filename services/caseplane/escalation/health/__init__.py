"""How connectors fare."""
