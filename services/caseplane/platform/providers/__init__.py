"""OIDC issuers whose tokens are a tenant's."""
