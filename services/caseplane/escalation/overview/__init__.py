"""What surrounds a ticket or a customer, for the agent's one screen."""
