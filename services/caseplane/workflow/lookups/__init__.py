"""Read-only look-ups in a system of record: SQL over a connection, or HTTP."""
