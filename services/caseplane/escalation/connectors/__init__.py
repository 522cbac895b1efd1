"""Translators between our tickets and desks; a kind of desk is a folder here and a line in `registry`."""
