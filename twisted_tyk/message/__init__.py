"""What an HTTP message is made of, and what a hook sees of it.

``headers``, ``url`` and ``body`` are the materials; ``request``, ``response``
and ``writer`` are the three things a hook is handed, in the shape of Go's
``net/http`` with Python's spelling.
"""
