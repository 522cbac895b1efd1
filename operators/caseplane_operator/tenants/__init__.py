"""Tenants: what is wanted, what is seen, what is to be done about it, and how that is said."""
