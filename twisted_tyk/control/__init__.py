"""The control API: ``/tyk/*``, and the paths that tell whether the gateway is well."""
