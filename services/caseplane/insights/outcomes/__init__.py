"""The ledger: what became of each conversation and ticket, in figures that stay when the words expire."""
