"""Two APIs that claim the same listen path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from twisted_tyk.apidef.model import ApiDefinition


def listen_paths(
    definitions: Iterable[ApiDefinition], held: Collection[tuple[str, str, str]] = ()
) -> dict[str, str]:
    """Where each API is reached, by its id.

    APIs of the same domain and listen path get their id appended, as in Tyk,
    but for the one that already held the path.

    :param held: ``(api_id, domain, listen_path)`` of what was served so far.
    """
    definitions = tuple(definitions)
    claims = Counter((d.domain, d.proxy.listen_path) for d in definitions if not d.internal)
    taken = {claim for claim, count in claims.items() if count == 1}
    paths: dict[str, str] = {}
    for definition in definitions:
        claim = (definition.domain, definition.proxy.listen_path)
        if definition.internal or claims[claim] == 1 or (definition.api_id, *claim) in held:
            paths[definition.api_id] = claim[1]
            taken.add(claim)
    for definition in definitions:
        if definition.api_id in paths:
            continue
        path = f"{definition.proxy.listen_path}-{definition.api_id}"
        while (definition.domain, path) in taken:
            path += "_"
        taken.add((definition.domain, path))
        paths[definition.api_id] = path
    return paths
