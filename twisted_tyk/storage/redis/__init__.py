"""Redis as the store: one connection for calls, one for messages between nodes."""
