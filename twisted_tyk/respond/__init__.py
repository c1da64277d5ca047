"""On the way back: what the client gets, whoever it comes from."""
