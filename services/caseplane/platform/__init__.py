"""What an installation keeps of its tenants: credentials, settings, costs, audit log, export and erasure."""
