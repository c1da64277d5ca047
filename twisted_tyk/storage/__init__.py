"""Where keys and sessions are kept, and how the nodes of a cluster tell each other of changes."""
