"""Exports of all that is stored of a tenant."""
