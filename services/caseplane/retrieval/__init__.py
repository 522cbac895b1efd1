"""Knowledge: ingestion, the index, hybrid search, and what resolved cases taught."""
