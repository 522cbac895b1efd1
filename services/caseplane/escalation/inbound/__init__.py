"""What comes in from desks: webhooks and polled updates."""
