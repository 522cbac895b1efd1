"""Stories of the web console in a real browser; `make test-console` runs them."""
