"""Signed tokens, and the keys that they are verified with. All cryptography is joserfc's."""
