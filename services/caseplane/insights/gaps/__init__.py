"""Questions that people had to answer, because no document did."""
