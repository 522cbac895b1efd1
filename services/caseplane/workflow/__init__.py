"""The workflow service: every new ticket is classified, its fields read, a reply drafted, and a team chosen."""
