"""What is measured of conversations, for the services that count it."""
