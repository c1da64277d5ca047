"""Which API a request is for."""
