"""Files on tickets."""
