"""Gives ``twistd`` its ``tyk`` command.

Every ``twistd`` command on the machine imports this file, so it imports nothing
of the gateway; neither this folder nor its parent may have an ``__init__.py``.
"""

from twisted.application.service import ServiceMaker

tyk = ServiceMaker(
    "Tyk gateway",
    "twisted_tyk.tap",
    "An event-driven API gateway that reads Tyk's configuration.",
    "tyk",
)
