from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.exchange.stage import Listener, bars, on_loop, opened, session
from tradewind.domain.errors import LocalError, StateError
from tradewind.exchange.keeping import KeptExchange, read, write

if TYPE_CHECKING:
    from pathlib import Path


def kept() -> KeptExchange:
    found: list[KeptExchange] = []

    async def main() -> None:
        async with opened(bars(0, 8)) as floor:
            strategy = Listener()
            strategy.buy_at = (1, 3)
            await session(floor.link(), strategy).run()
            found.append(floor.exchange.kept())

    on_loop(main())
    return found[0]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path, there = tmp_path / "state", kept()
    assert read(path) is None
    write(path, there)
    assert read(path) == there
    assert [account.name for account in there.accounts] == ["main"]
    assert set(there.accounts[0].orders) == {"tw-000001", "tw-000002"}
    assert there.market_last == 8


def test_what_is_damaged_or_newer_is_not_gone_on_with(tmp_path: Path) -> None:
    path, there = tmp_path / "state", kept()
    write(path, there)
    content = path.read_bytes()
    for damaged in (b"", content[:-1], content[:40] + b"\x00" + content[41:]):
        path.write_bytes(damaged)
        with pytest.raises(StateError, match="is damaged"):
            read(path)
    write(path, msgspec.structs.replace(there, format=99))
    with pytest.raises(StateError, match="has format 99"):
        read(path)
    with pytest.raises(LocalError, match="cannot be kept"):
        write(tmp_path / "nowhere" / "state", there)


def test_the_state_of_another_exchange_is_refused() -> None:
    async def main() -> None:
        async with opened(bars(0, 8)) as floor:
            with pytest.raises(StateError, match="not of this configuration"):
                floor.exchange.restore(msgspec.structs.replace(there, described="other data"))

    there = kept()
    on_loop(main())
