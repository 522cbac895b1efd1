"""Conversations: one state machine, one answer pipeline, one gate."""
