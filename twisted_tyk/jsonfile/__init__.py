"""JSON configuration files: read strictly, turned into attrs classes, mended by line number.

::

    document    the text and its value; which line a value is on
    faults      what Python's parser says nothing of, or not where
    keys        what an attrs field says about its JSON key
    converter   JSON types made into Python's
    structure   the value made into attrs classes
    strays      keys that nothing was done with
    references  env://, secrets:// and file:// in place of values
    places      line and column of each key and item
    problem     what is wrong, and where
    reading     the bytes of a file
"""

from twisted_tyk.jsonfile.converter import common_converter, make_converter
from twisted_tyk.jsonfile.document import Document, decode, read
from twisted_tyk.jsonfile.problem import ConfigError, Path, Problem, dotted
from twisted_tyk.jsonfile.references import References
from twisted_tyk.jsonfile.structure import structure

__all__ = [
    "ConfigError",
    "Document",
    "Path",
    "Problem",
    "References",
    "common_converter",
    "decode",
    "dotted",
    "make_converter",
    "read",
    "structure",
]
