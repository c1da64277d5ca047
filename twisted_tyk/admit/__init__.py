"""Before anyone is known: what a request is let in by, and what is noted of it."""
