"""Replies that need no upstream."""
