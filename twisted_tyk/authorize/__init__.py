"""Whether a client that is known may do this, now."""
