"""The customer's whole picture beside a ticket, for the agent's one screen."""
