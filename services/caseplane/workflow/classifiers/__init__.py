"""Classifiers that are learned from a tenant's labelled tickets: trained by a job, activated by a person, rolled back."""
