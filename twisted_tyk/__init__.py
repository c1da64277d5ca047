"""An event-driven, Tyk-compatible API gateway framework on Twisted."""

from twisted_tyk._version import __version__

__all__ = ["__version__"]
