"""Maintenance of this repository: generators of pages, contracts, checks. Nothing here is shipped."""
