"""Approved articles as knowledge."""
