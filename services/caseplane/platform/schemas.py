"""What other services know of the platform's."""

PROVIDER_SEAL = b"identity-provider"
"""For what the clients' secrets of identity providers are sealed; the gateway opens them to sign people in."""
