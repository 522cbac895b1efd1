"""The embedded default: the whole platform in one process, with its own PostgreSQL and files in a folder."""
