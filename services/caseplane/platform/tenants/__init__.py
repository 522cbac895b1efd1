"""Tenants, and what the platform's administrators do with them."""
