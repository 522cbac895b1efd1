"""Escalation: tickets that people work on, and their mirrors at desks outside."""
