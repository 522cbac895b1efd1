"""What every service shares. It imports no service; import contracts check this."""
