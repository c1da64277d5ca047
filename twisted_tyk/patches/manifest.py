"""``manifest.json`` of a patch: what it is, and which step it replaces."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from twisted_tyk.apidef.hooks import Limit, Mode, OnError
from twisted_tyk.bundles.manifest import Contents
from twisted_tyk.bundles.names import plain, wrong_name
from twisted_tyk.jsonfile import Document, Problem
from twisted_tyk.jsonfile.keys import key
from twisted_tyk.jsonfile.problem import quoted

_DRIVERS: Final = (".py", ".so")


@attrs.frozen
class PatchManifest(Contents):
    """The manifest of a patch. All of it is ours."""

    #: Of the patch, for logs and ``/tyk/patches``; no other patch has it.
    name: str = key("")
    #: Of the patch, for people.
    version: str = key("")
    #: The step: a name of the ordered table, or ``proxy``.
    replaces: str = key("")
    #: Versions of the gateway it is for, such as ``>=0.5,<0.7``.
    gateway: str = key("")
    #: The file of its code, from the folder of the manifest.
    path: str = key("")
    #: The class, ``name`` of the code and not of the patch; or the function of a plugin.
    symbol: str = key("")
    #: ``twisted`` or ``native``; empty means by the suffix of ``path``.
    driver: str = key("")
    #: What a failure means: the built-in step runs (``skip``), or the request ends (``fail``).
    on_error: OnError = key("fail")
    #: Seconds that it may take; without it, ``hook_timeout`` of tyk.conf counts.
    timeout: Limit | None = key(None)
    #: Native only: ``inline``, ``pool`` or ``process``; empty means as the plugin says.
    mode: Mode = key("")
    #: Handed to its class as it is.
    config: Mapping[str, Any] = key(attrs.Factory(dict), secret=True)
    #: Ids of the APIs it is for; empty means all.
    apis: tuple[str, ...] = key(())
    #: It also stands where an API has no such step.
    always: bool = key(False)

    @property
    def has_sums(self) -> bool:
        """Whether it says anything of what its files hold."""
        return bool(self.checksum or self.sha256 or self.signature or self.manifest_signature)

    @property
    def is_native(self) -> bool:
        """Whether its code is a plugin, and not Python."""
        return self.driver == "native" or (not self.driver and self.path.endswith(".so"))

    @property
    def versions(self) -> SpecifierSet:
        """Of the gateway. :raises InvalidSpecifier: when that makes no sense."""
        return SpecifierSet(self.gateway)

    def covers(self, api_id: str) -> bool:
        """Whether it is for an API."""
        return not self.apis or api_id in self.apis

    def wrong(self, document: Document) -> Iterator[Problem]:
        """See :meth:`Contents.wrong`; sums may be missing, whoever reads it says when not."""
        if self.has_sums:
            yield from super().wrong(document)
        for name in ("name", "replaces", "gateway", "path", "symbol"):
            if not getattr(self, name):
                yield document.problem((name,), f"a patch needs {_NEEDED[name]}")
        if self.path and (reason := wrong_name(plain(self.path))):
            yield document.problem(("path",), f"{quoted(self.path)}: {reason}")
        try:
            _ = self.versions
        except InvalidSpecifier:
            yield document.problem(
                ("gateway",), expected="versions such as >=0.5,<0.7", found=quoted(self.gateway)
            )
        if self.driver not in ("", "twisted", "native"):
            text = f"there is no driver {quoted(self.driver)} for patches; known: native, twisted"
            yield document.problem(("driver",), text)
        elif self.path and not self.driver and not self.path.endswith(_DRIVERS):
            yield document.problem(("path",), "expected a .py or .so file, or a driver")


_NEEDED: Final[Mapping[str, str]] = {
    "name": "a name",
    "replaces": "the name of the step that it replaces",
    "gateway": "the versions of the gateway that it is for, such as >=0.5,<0.7",
    "path": "the file of its code",
    "symbol": "the name of its class or function",
}
