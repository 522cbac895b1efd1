"""Documents that are indexed: their rows, their stored text, their removal."""
