"""API definitions made of other descriptions of APIs: Swagger 2.0 and OpenAPI 3.

::

    source        the file: JSON or YAML
    described     what it says about an API
    definition    that made into a definition, or into a version of one
"""
