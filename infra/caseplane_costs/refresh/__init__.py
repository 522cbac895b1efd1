"""Reads today's prices from the providers' own APIs, compares them with the catalog and writes them on request."""
