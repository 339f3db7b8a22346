"""Whatever stands in a configuration: it loads, or it is told; nothing else rises."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.app.config.test_loading import SMALL
from tradewind.app.config import Config, build_config, config_hash, resolved
from tradewind.app.config.schema import config_schema
from tradewind.app.config.source import Source
from tradewind.domain.errors import ConfigError

KEYS = sorted({key for block in config_schema()["$defs"].values() for key in block.get("properties", {})})
KINDS = [
    "paper",
    "replay",
    "mock",
    "binance",
    "binance-live",
    "bps",
    "per_share",
    "fixed_bps",
    "normal",
    "none",
    "1m",
    "60x",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.decimals(allow_nan=True)
    | st.sampled_from(KINDS)
    | st.text(max_size=5)
)
BLOCKS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3),
    max_leaves=8,
)
TOPS = sorted(config_schema()["properties"])
PATHS = st.tuples(st.sampled_from(TOPS), st.lists(st.sampled_from(KEYS), max_size=3))


def outcome(data: dict[str, Any]) -> Config | tuple[str, ...]:
    try:
        return build_config(Source("c", data, {}), environ={})
    except ConfigError as error:
        return error.mistakes


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(PATHS, BLOCKS), min_size=1, max_size=3))
def test_anything_loads_or_is_told(changes: list[tuple[tuple[str, list[str]], Any]]) -> None:
    data = copy.deepcopy(SMALL)
    for (top, path), value in changes:
        block = data
        for key in (top, *path)[:-1]:
            if not isinstance(block.get(key), dict):
                block[key] = {}
            block = block[key]
        block[(top, *path)[-1]] = value
    loaded = outcome(data)
    if isinstance(loaded, Config):
        assert config_hash(build_config(Source("again", resolved(loaded, mask=False), {}), environ={})) == config_hash(
            loaded
        )
    else:
        assert loaded
        assert all(mistake.startswith("c: ") for mistake in loaded)
