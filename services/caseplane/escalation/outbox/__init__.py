"""The outbox: what must still reach a desk, written with the change that it announces."""
