"""Drafts of replies: written from documents or templates, and decided on by agents."""
