"""Knowledge bases: sets of documents that are searched together."""
