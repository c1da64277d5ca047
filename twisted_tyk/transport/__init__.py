"""Sockets and time, as both sides of the gateway use them."""
