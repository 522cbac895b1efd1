"""Turns files of many formats into text with structure, and that text into chunks.

Nothing here knows a database, a tenant or HTTP: bytes go in, text with exact character offsets
comes out, and every way a file can be bad is an error with a name (`errors.py`).
"""
