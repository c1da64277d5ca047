"""Configurations checked without being served: everything that is wrong, with its place.

::

    rules       the kinds of findings, each with a name that stays
    finding     one thing that is wrong
    found       what a check has found so far
    kinds       what kind of file one is
    context     what files are checked against
    hooks       whether they are there
    definition  one definition
    references  policies and APIs that others name
    bundled     the hooks of all definitions and of their bundles
    policies    policies
    whole       tyk.conf and all that it leads to
    single      one file of any kind
    bundle      bundles: archives, folders, manifests
    patch       patches, likewise
    archive     what is wrong inside an archive
    manifest    the keys and types of a manifest
    text, as_json, sarif    what is printed of it

The classes that the gateway reads its files with are what finds faults here; nothing is
known of them twice.
"""

from __future__ import annotations

from typing import Final

#: The forms in which findings can be printed.
FORMATS: Final = ("text", "json", "sarif")
