"""Ingestions on record: how far each is, and what became of every file."""
