"""Tickets from files as desks and people have them, row by row in bounded memory."""
