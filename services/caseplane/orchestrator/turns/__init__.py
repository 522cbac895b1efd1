"""Turns: a customer's unanswered messages in; an answer, a question or a handover out."""
