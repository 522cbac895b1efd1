"""What maintains this repository: generators of shipped pages, contracts, checks. Nothing here ships."""
