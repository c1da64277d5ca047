"""What every resource of ours has in common: no children."""

from __future__ import annotations

from typing import Any

from twisted.web.resource import IResource


class Leaf:
    """The part of ``IResource`` that is never used, since traversal ends at a leaf."""

    isLeaf = True

    def getChildWithDefault(self, name: bytes, request: Any) -> IResource:
        """:raises LookupError: always."""
        raise LookupError(f"{type(self).__name__} has no children")

    def putChild(self, path: bytes, child: IResource) -> None:
        """:raises LookupError: always; what is served comes from tables, not from outside."""
        raise LookupError(f"{type(self).__name__} has no children")
