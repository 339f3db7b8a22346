from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.sessions import config
from tradewind.app.bootstrap import input_of
from tradewind.domain.errors import ConfigError, DataNotFoundError
from tradewind.domain.ids import symbol_of
from tradewind.domain.market import Bar
from tradewind.domain.time import NS_PER_MINUTE, iso

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tradewind.app.bootstrap import Input

MINUTE_1 = 1_704_067_200 * 10**9
"""2024-01-01T00:00:00Z."""


def csv(folder: Path, name: str, count: int = 30, minutes: int = 1) -> str:
    path = folder / name
    rows = (
        f"{(MINUTE_1 + number * minutes * NS_PER_MINUTE) // 10**6},{100 + number},{101 + number},{99 + number},"
        f"{100.5 + number},{1 + number}"
        for number in range(count)
    )
    path.write_text("\n".join(("open_time,open,high,low,close,volume", *rows)) + "\n")
    return str(path)


def found(folder: Path, *paths: str, **changes: Any) -> Input:
    flags = {
        "market_data.provider_type": "replay", "market_data.config.path": list(paths), "market_data.config.bars": None
    }  # fmt: skip
    return input_of(config(folder, **flags, **changes), folder / "catalog", 2 * MINUTE_1)


def opens(events: Iterable[object]) -> list[str]:
    return [iso(event.ts_open)[11:16] for event in events if isinstance(event, Bar)]


def test_a_file_tells_its_symbol_and_interval(tmp_path: Path) -> None:
    given = found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"))
    assert (given.instruments[0].symbol, given.interval.label, given.rows) == ("BTCUSDT", "1m", 30)
    assert opens(given.events())[:2] == ["00:00", "00:01"]
    assert list(given.warmup()) == []
    assert "BTCUSDT 1m 30 bars from 2024-01-01T00:00:00Z to 2024-01-01T00:29:00Z sha256 " in given.described


def test_a_file_without_a_telling_name_is_that_of_the_only_symbol(tmp_path: Path) -> None:
    assert found(tmp_path, csv(tmp_path, "prices.csv")).instruments[0].symbol == "BTCUSDT"


def test_start_and_end_are_half_open(tmp_path: Path) -> None:
    flags = {"market_data.config.start": "2024-01-01T00:05:00Z", "market_data.config.end": "2024-01-01T00:08:00Z"}
    given = found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"), **flags)
    assert opens(given.events()) == ["00:05", "00:06", "00:07"]
    with pytest.raises(DataNotFoundError, match="no bars between start and end; there are bars from 2024-01-01"):
        found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"), **{"market_data.config.start": "2025-01-01"})


def test_longer_bars_are_made_from_the_longest_that_fit(tmp_path: Path) -> None:
    for name, minutes in (("BTCUSDT_1m.csv", 1), ("BTCUSDT_5m.csv", 5)):
        csv(tmp_path, name, minutes=minutes)
    assert found(tmp_path, str(tmp_path), **{"engine.interval": "10m"}).interval.label == "5m"
    assert found(tmp_path, str(tmp_path), **{"engine.interval": "3m"}).interval.label == "1m"
    with pytest.raises(DataNotFoundError, match="no bars of BTCUSDT that make 30s; there are: 1m, 5m"):
        found(tmp_path, str(tmp_path), **{"engine.interval": "30s"})


def test_what_is_not_there_is_named_with_what_is(tmp_path: Path) -> None:
    with pytest.raises(DataNotFoundError, match=r"no bars of ETHUSDT in .*; there is: BTCUSDT"):
        found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"), **{"engine.symbols": ["ETHUSDT"]})
    with pytest.raises(DataNotFoundError, match=r"none.csv: no such file or folder, nor .*: an empty catalog"):
        found(tmp_path, "none.csv")


def test_symbols_of_different_intervals_cannot_go_together(tmp_path: Path) -> None:
    paths = [csv(tmp_path, "BTCUSDT_1m.csv"), csv(tmp_path, "ETHUSDT_5m.csv", minutes=5)]
    with pytest.raises(ConfigError, match="must have one interval; found: BTCUSDT 1m, ETHUSDT 5m"):
        found(tmp_path, *paths, **{"engine.symbols": ["BTCUSDT", "ETHUSDT"], "engine.interval": "5m"})


def test_several_symbols_come_in_the_order_of_time_and_of_the_session(tmp_path: Path) -> None:
    paths = [csv(tmp_path, "BTCUSDT_1m.csv", 2), csv(tmp_path, "ETHUSDT_1m.csv", 2)]
    given = found(tmp_path, *paths, **{"engine.symbols": ["ETHUSDT", "BTCUSDT"]})
    assert [symbol_of(event.instrument) for event in given.events()] == ["ETHUSDT", "BTCUSDT"] * 2


def test_latency_delays_what_we_hear(tmp_path: Path) -> None:
    given = found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv", 2), **{"market_data.config.latency_ms": 250})
    assert [event.ts_recv - event.ts_venue for event in given.events() if isinstance(event, Bar)] == [250_000_000] * 2


def test_settings_of_an_instrument_lie_over_what_the_data_say(tmp_path: Path) -> None:
    told = [{"symbol": "BTCUSDT", "tick": "0.5", "kind": "perpetual", "fees": {"maker_bps": 1, "taker_bps": 2}}]
    [instrument] = found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"), instruments=told).instruments
    assert (instrument.tick, instrument.kind.value, instrument.base) == (Decimal("0.5"), "perpetual", "BTC")
    assert instrument.fees.taker_bps == 2


@pytest.mark.parametrize(
    ("start", "warm", "first"),
    [
        ({"market_data.config.start": "2024-01-01T00:20:00Z"}, 20, "00:20"),  # history before the start
        ({}, 0, "00:00"),  # its first days are all there is
    ],
)
def test_history_for_the_warm_up(start: dict[str, str], warm: int, first: str, tmp_path: Path) -> None:
    flags = {"engine.prefetch": {"enabled": True, "start_time_type": "date", "start_time": "2023-12-31"}, **start}
    given = found(tmp_path, csv(tmp_path, "BTCUSDT_1m.csv"), **flags)
    assert len(list(given.warmup())) == warm
    assert opens(given.events())[0] == first
