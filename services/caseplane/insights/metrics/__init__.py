"""Figures from the ledger, each with its definition and the cases behind it."""
