"""Brings sources up to date: compares, takes bytes in, and makes documents searchable."""
