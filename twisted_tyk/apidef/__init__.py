"""API definitions: what they say, what of it is supported, and how they are loaded."""
