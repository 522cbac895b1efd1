"""Connections to desks, set up by admins."""
