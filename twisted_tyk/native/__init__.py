"""The host of native plugins: read ``contract`` first, then ``frame`` and ``changes``.

A plugin is a shared library with the interface of ``sdk/c/tyk_plugin.h``.
"""
