"""The operator: tenants and knowledge bases as Kubernetes resources."""
