"""What tenants used and cost."""
