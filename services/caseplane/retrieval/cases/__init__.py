"""Resolved cases as knowledge."""
