"""SQLite as the store: one file beside ``tyk.conf``, and one thread that works on it."""
