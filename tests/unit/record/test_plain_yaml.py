"""What is written without PyYAML is read by it as what it was."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tradewind.record.plain_yaml import dump

WORDS = st.text() | st.sampled_from(
    ["yes", "No", "null", "~", "1e3", "0x1f", "2025-10-01", "a: b", "- a", "#", "it's", "é"]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4))


@given(st.dictionaries(WORDS, TREES, max_size=5))
def test_it_is_read_as_what_it_was(tree: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(tree)) == tree


def test_it_looks_as_people_write_it() -> None:
    tree = {"id": "2025-10-01/run_1", "cash": 1e-7, "legs": [{"of": "BTC", "sizes": [1, 2]}, []], "no": {}, "by": "a b"}
    assert dump(tree) == (
        "id: '2025-10-01/run_1'\ncash: 0.0000001\nlegs:\n- of: BTC\n  sizes:\n  - 1\n  - 2\n- []\n'no': {}\nby: a b\n"
    )


def test_what_is_no_plain_value_is_refused() -> None:
    with pytest.raises(TypeError, match="no plain value"):
        dump({"a": object()})
