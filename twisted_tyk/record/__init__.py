"""After the last byte: what happened, for those who count and read."""
