"""What every service shares. Knows no service: import contracts keep it so."""
