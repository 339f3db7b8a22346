"""At an exchange in a process of its own: who was stopped past its time sends it nothing more, and is not let in."""

from __future__ import annotations

import contextlib
import os
import signal
import socket as sockets
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import config, started, wait_for
from tests.e2e.test_exchange import at_exchange, serving, shown
from tests.e2e.test_one_writer import SECONDS, stop, turns
from tests.e2e.test_standby import LIVE, end, says
from tradewind.domain.commands import SubmitOrder
from tradewind.record.journal.reader import last_seq, read, read_header
from tradewind.venues.exchange.framing import Unpacker, packed, server_words
from tradewind.venues.exchange.protocol import VERSION, Denied, Hello, Welcome

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path


FREEZES = int(os.environ.get("TRADEWIND_FREEZES", "1"))


PLAIN = """
from tradewind import Strategy

class Plain(Strategy):
    def on_bar(self, ctx, bar):
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if bars % 4 == 0:
            ctx.buy("0.01", bar.instrument)
        elif bars % 4 == 2:
            ctx.close(bar.instrument)
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Serve an exchange whose time goes on whether anybody listens; return its socket and a session's configuration.

    The strategy has no stops: where the price has run away meanwhile a venue refuses them, and no more is opened then.
    """
    paper, socket = config(tmp_path, bars=100_000, interval_ms=50), tmp_path / "x"
    tree = yaml.safe_load(paper.read_text())
    tree["engine"]["interval"] = "1m"  # in 50 ms: while an engine stands still hours pass there, not weeks
    (tmp_path / "plain.py").write_text(PLAIN)
    tree["strategy"] = {"path": f"{tmp_path / 'plain.py'}:Plain"}
    paper.write_text(yaml.safe_dump(tree))
    path = at_exchange(paper, socket, lease={"seconds": SECONDS})
    with serving(paper, socket):
        yield socket, path


def submitted(journal: Path) -> list[str]:
    effects = (effect for step in read(journal) for effect in step.effects)
    found = [(effect.order, *effect.attached) for effect in effects if isinstance(effect, SubmitOrder)]
    return [spec.id for specs in found for spec in specs]


def trading(path: Path, known: list[Path], process: subprocess.Popen[str]) -> Path:
    """Wait until a session beside those that are known has sent an order; return its journal."""
    found: list[Path] = []

    def has_begun() -> bool:
        there = set((path.parent / "at_exchange").rglob("journal.sqlite")) - set(known)
        found[:] = [
            journal
            for journal in there
            if journal.with_name("session.yaml").is_file() and last_seq(journal) and submitted(journal)
        ]
        return bool(found)

    wait_for(has_begun, process)
    return found[0]


@pytest.mark.slow
@pytest.mark.must_really_work
@pytest.mark.timeout(300 + 60 * FREEZES)
def test_a_thawed_engine_sends_nothing_more_and_ends(place: tuple[Path, Path]) -> None:
    """Stopped, followed by its standby, and thawed: as often as is asked for, each time the engine that trades."""
    socket, path = place
    sent: list[str] = []
    with contextlib.ExitStack() as stack:
        old = stack.enter_context(started(*LIVE, path))
        known = [trading(path, [], old)]
        for number in range(FREEZES):
            new = stack.enter_context(started(*LIVE, path, "--standby"))
            says(new, "waiting: ")
            before = known[-1]
            stop(old)
            stood, submits = turns(before), submitted(before)
            assert f"token {number + 2}" in says(new, "taking over")
            after = trading(path, known, new)
            assert read_header(after).lease_token == number + 2
            old.send_signal(signal.SIGCONT)
            _, errors = old.communicate(timeout=240)
            assert old.returncode == 1
            assert "nothing more is sent" in errors
            # It may have stood still in the middle of a commit, which then ends; its effects go nowhere.
            assert turns(before) <= stood + 1
            assert submitted(before)[: len(submits)] == submits
            count = len(submitted(after))
            wait_for(lambda after=after, count=count: len(submitted(after)) > count + 5, new)  # type: ignore[misc]
            sent += submitted(before)
            known.append(after)
            old = new
        end(old)
        assert old.wait(240) in (0, 3)
    sent += submitted(known[-1])
    there = shown(socket)
    assert len(sent) == len(set(sent)), "an order's id was used again"
    assert there["duplicates_refused"] == 0
    assert there["orders_ever"] <= len(sent), "what the old one had not sent stays so"


def hello(socket: Path, token: int) -> Any:
    """Come to the private link of the account under a token; return the first word and the link."""
    link = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    link.settimeout(30)
    link.connect(str(socket))
    link.sendall(packed(Hello(VERSION, "private", "main", f"client {token}", -1, token)))
    unpacker = Unpacker(server_words)
    while True:
        for word in unpacker.feed(link.recv(65536)):
            return word, link


@pytest.mark.slow
def test_an_exchange_denies_who_comes_with_an_older_token(place: tuple[Path, Path]) -> None:
    socket, _ = place
    first, one = hello(socket, 5)
    assert isinstance(first, Welcome)
    word, other = hello(socket, 4)
    assert isinstance(word, Denied)
    assert (word.code, word.reason) == ("fenced", "main is traded under token 5 by now; with 4 you may not")
    again, third = hello(socket, 6)
    assert isinstance(again, Welcome)
    for link in (one, other, third):
        link.close()
