"""The `caseplane` command: a client of the public API, and the way to start the platform itself."""
