"""Knowledge bases: what is wanted, what exists, what to do about the difference, and what the status reports."""
