"""Cases: what a resolved conversation teaches."""
