"""The file of a description: JSON or YAML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from twisted_tyk.jsonfile import ConfigError, Problem, decode

_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = (f"{_TAG}merge", re.compile("<<"))


def read_description(file: Path) -> Any:
    """The value of a file that is JSON when it begins with a brace, and YAML otherwise.

    In YAML each plain word is a string: ``version: 1.0`` is not a number.

    :raises ConfigError: with the place of what is wrong, or when there is no PyYAML.
    """
    name = str(file)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError([Problem(name, f"cannot be read: {error.strerror}")]) from None
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b""):
        return decode(content, name).value
    return _yaml(content, name)


def _yaml(content: bytes, name: str) -> Any:
    try:
        import yaml
    except ImportError:
        text = "is YAML, which PyYAML reads: pip install 'twisted-tyk[yaml]', or convert it to JSON"
        raise ConfigError([Problem(name, text)]) from None
    constructors = {
        f"{_TAG}str": yaml.SafeLoader.construct_yaml_str,
        f"{_TAG}seq": yaml.SafeLoader.construct_yaml_seq,
        f"{_TAG}map": yaml.SafeLoader.construct_yaml_map,
        None: yaml.SafeLoader.construct_undefined,
    }
    rules = {"yaml_implicit_resolvers": {"<": [_MERGE]}, "yaml_constructors": constructors}
    loader = type("Words", (yaml.SafeLoader,), rules)
    try:
        return yaml.load(content, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        text = f"not YAML: {error.problem or error.context}"
        raise ConfigError([Problem(name, text, line=line, column=column)]) from None
    except yaml.YAMLError as error:
        raise ConfigError([Problem(name, f"not YAML: {' '.join(str(error).split())}")]) from None
    except RecursionError:
        raise ConfigError([Problem(name, "not usable: nested too deeply")]) from None
