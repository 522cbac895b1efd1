"""The public edge: who calls is established here, once, and requests go on to the service that owns the route."""
