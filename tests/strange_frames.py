"""Frames of every shape, whole and with lies in them."""

from __future__ import annotations

from hypothesis import strategies as st
from plugin_library import Frame

from twisted_tyk.native import abi

names = st.text("xX-nNaAmMeE", min_size=1, max_size=8).map(str.encode)


def strange_frames(
    slices: st.SearchStrategy[bytes], values: st.SearchStrategy[bytes]
) -> st.SearchStrategy[Frame]:
    """:param values: of fields, under :data:`names`."""
    pairs = st.lists(st.tuples(names, values), max_size=5)
    return st.builds(
        Frame,
        slices=st.dictionaries(st.integers(0, abi.SLICES + 1), slices),
        fields=pairs,
        response_fields=pairs,
        reply_fields=pairs,
        flags=st.integers(0, 7),
        status=st.integers(0, 999),
        port=st.integers(0, 65535),
        count=st.integers(0, abi.SLICES + 2),
    )
