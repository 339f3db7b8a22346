"""Keys of a futures account's stream at the local exchange: an hour from when they were asked for last, no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.exchange.binance.rig import CONTRACTS, Rig
from tradewind.exchange.binance.refusals import WireError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")
PATH = "/fapi/v1/listenKey"


def test_a_key_lives_for_an_hour_after_it_was_kept_and_its_end_is_told(tmp_path: Path) -> None:
    rig = Rig(tmp_path, CONTRACTS)
    key, ended = rig.ask("POST", PATH)["listenKey"], []
    rig.floor(futures=True).listen_keys.watch(key, lambda: ended.append(rig.now))
    for _ in range(3):
        rig.wait(3_599)
        assert rig.ask("PUT", PATH)["listenKey"] == key
    rig.wait(3_599)
    assert not ended
    rig.wait(1)
    assert len(ended) == 1
    with pytest.raises(WireError, match="This listenKey does not exist"):
        rig.ask("PUT", PATH)
    assert rig.ask("POST", PATH)["listenKey"] != key
