"""The embedded platform: all services in one process, with its own PostgreSQL and files in a folder."""
