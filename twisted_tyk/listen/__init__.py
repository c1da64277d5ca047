"""From bytes to requests: the gateway's HTTP/1.1 and HTTP/1.0 server.

``factory`` accepts connections, ``channel`` reads one of them, ``head`` and
``chunked`` understand what it reads, ``request`` is what the chain is handed,
``answer`` and ``framing`` write what it answers.
"""
