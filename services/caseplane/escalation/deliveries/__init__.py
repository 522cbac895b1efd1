"""Deliveries: attempts to bring desks what the outbox holds, dead letters, redrives."""
