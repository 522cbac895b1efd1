"""Workflow configurations: versions, checks, trials, activation and roll-back."""
