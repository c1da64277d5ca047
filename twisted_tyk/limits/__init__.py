"""How often a client may ask: algorithms and counters, in memory and in Redis.

Read ``contract`` first, then ``limiter``.
"""
