"""Mails of customers and to them, in threads."""
