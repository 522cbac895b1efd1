"""What is known of a customer beside their tickets: profile, orders, entitlements, interactions."""
