"""The log of an exchange's requests: what it grows by, and what is left of it by whoever is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.exchange.request_log import FORMAT, Entry, Head, RequestLog

if TYPE_CHECKING:
    from pathlib import Path

T0 = 1_719_360_000_000_000_000
HEAD = Head(FORMAT, "bars", ("a",), T0, "mark")


def test_how_far_time_has_come_stands_once_and_requests_stand_all(tmp_path: Path) -> None:
    path = tmp_path / "state"
    log = RequestLog(path)
    log.begin(HEAD)
    log.mark(T0, T0 + 9)
    whole = path.stat().st_size
    for second in range(1, 1_000):
        log.mark(T0 + second, T0 + second)
    assert path.stat().st_size == whole
    log.append(Entry(T0 + 2_000, T0 + 2_000, "a", None, "b", b"note"))
    log.mark(T0 + 3_000, T0 + 3_000)
    log.mark(T0 + 3_001, T0 + 3_001)
    log.close()

    again = RequestLog(path)
    again.begin(HEAD)
    told = list(again.entries())
    assert [(each.reached - T0, each.ts - T0, each.note) for each in told] == [
        (999, 999, b""), (2_000, 2_000, b"note"), (3_001, 3_001, b""),
    ]  # fmt: skip
    again.mark(T0 + 4_000, T0 + 4_000)
    again.close()
    assert [each.reached - T0 for each in RequestLog(path).entries()] == [999, 2_000, 3_001, 4_000]


def test_a_mark_never_takes_back_what_the_one_before_it_said(tmp_path: Path) -> None:
    """The speed was lowered: a client may have been told a time that lay ahead."""
    log = RequestLog(tmp_path / "state")
    log.begin(HEAD)
    log.mark(T0, T0 + 120)
    log.mark(T0 + 1, T0 + 1)
    log.close()
    assert [(each.reached - T0, each.ts - T0) for each in RequestLog(tmp_path / "state").entries()] == [(1, 120)]


def test_a_mark_that_was_cut_short_is_let_go(tmp_path: Path) -> None:
    path = tmp_path / "state"
    log = RequestLog(path)
    log.begin(HEAD)
    log.append(Entry(T0, T0, "a", None, "b", b"note"))
    log.mark(T0 + 1, T0 + 1)
    log.close()
    path.write_bytes(path.read_bytes()[:-3])
    again = RequestLog(path)
    again.begin(HEAD)
    assert [each.note for each in again.entries()] == [b"note"]
    again.mark(T0 + 2, T0 + 2)
    again.close()
    assert [each.reached - T0 for each in RequestLog(path).entries()] == [0, 2]
