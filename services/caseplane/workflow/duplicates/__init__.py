"""Tickets about the same thing: found, linked, merged and parted."""
