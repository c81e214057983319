"""A demo tenant with well-known credentials, and a story told on it."""
