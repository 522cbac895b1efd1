"""A tenant's audit log, as its administrators read it."""
