"""Search on a caller's behalf."""
