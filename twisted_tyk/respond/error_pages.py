"""Error bodies as Tyk writes them, from templates that an operator can replace.

A file ``error_<status>.json`` (or ``.xml``) in ``template_path`` serves that
status, ``error.json`` and ``error.xml`` all others; what is not there comes
from the two below. In a template ``{{.Message}}`` stands for the message and
``{{.StatusCode}}`` for the status, as in Tyk's own files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from attrs import frozen

JSON_PAGE: Final = '{\n    "error": "{{.Message}}"\n}'
XML_PAGE: Final = (
    '<?xml version = "1.0" encoding = "UTF-8"?>\n<error>{{.Message}}</error>\n'
)
_XML_TYPES: Final = frozenset({"application/xml", "text/xml", "application/soap+xml"})
_ACTION = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
# Not even an escape makes these part of an XML 1.0 document.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FILE = re.compile(r"error(_\d{3})?\.(json|xml)")


class TemplateError(Exception):
    """A template asks for something that there is not; names file and line."""


@frozen
class ErrorPages:
    """:ivar templates: texts by file name, such as ``error_404.json``."""

    templates: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> ErrorPages:
        """Read the templates of ``folder``; there may be none.

        :raises TemplateError: for a template that can not be filled in.
        """
        templates = {"error.json": JSON_PAGE, "error.xml": XML_PAGE}
        for file in sorted(folder.glob("error*")) if folder.is_dir() else ():
            if _FILE.fullmatch(file.name):
                templates[file.name] = _checked(file)
        return cls(templates)

    def render(self, status: int, message: str, content_type: str) -> tuple[str, bytes]:
        """The type and bytes of an error body.

        :param content_type: of the *request*: Tyk answers XML to who sends XML.
        """
        asked = content_type.partition(";")[0].strip().lower()
        xml = asked in _XML_TYPES
        suffix = "xml" if xml else "json"
        template = self.templates.get(f"error_{status}.{suffix}")
        if template is None:
            template = self.templates[f"error.{suffix}"]
        values = {
            ".Message": _xml(message) if xml else json.dumps(message)[1:-1],
            ".StatusCode": str(status),
        }
        body = _ACTION.sub(lambda action: values[action[1]], template)
        return (asked if xml else "application/json"), body.encode()


def _xml(message: str) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", message))


def _checked(file: Path) -> str:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{file}: {error}") from error
    for action in _ACTION.finditer(text):
        if action[1] not in (".Message", ".StatusCode"):
            line = text.count("\n", 0, action.start()) + 1
            raise TemplateError(
                f"{file}:{line}: found {action[0]}, "
                "expected {{.Message}} or {{.StatusCode}}"
            )
    return text
