"""Tickets and comments."""
