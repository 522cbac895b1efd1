"""The erasure of a tenant."""
