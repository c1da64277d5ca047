"""How the steps of an API are joined: read ``order`` first, then ``build`` and ``link``."""
