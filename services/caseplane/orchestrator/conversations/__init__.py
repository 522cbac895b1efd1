"""Conversations: what customers, assistant and agents say, and the states between the first question and its resolution."""
