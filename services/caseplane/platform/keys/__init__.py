"""API keys: those that a tenant makes, and admin keys that the platform issues to it."""
