"""Handoffs: what is sent to escalation when a person takes over, and what comes back."""
