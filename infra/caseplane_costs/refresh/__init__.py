"""Prices as the providers' own APIs say them today, held against the catalog, and written only when asked to."""
