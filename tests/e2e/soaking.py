"""What disturbs a session at the local exchange: buttons by seed, `kill -9` of it and of engines."""

from __future__ import annotations

import json
import random
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from tests.e2e.program import started, wait_for
from tradewind.domain.events import OrderFilled
from tradewind.domain.market import Bar
from tradewind.exchange.binance.buttons import BUTTONS
from tradewind.record.journal.reader import Follower
from tradewind.record.sessions.find import sessions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.e2e.test_binance_exchange_kills import Exchange
    from tradewind.domain.step import Step

TOKEN = "soak"
NOT_PRESSED = {"tick_size"}
"""It stays as it is pressed: the price of an order that rests would be off it for good."""
STARTS = 20
"""So often in a row a session may fail to begin: a button that was pressed may meet its first words."""


class Told:
    """The minutes of the market that sessions were told of, one after the other."""

    def __init__(self) -> None:
        self.minutes: set[int] = set()

    def take(self, steps: Sequence[Step]) -> None:
        """Note the minutes of these steps."""
        self.minutes |= {step.event.ts_open for step in steps if isinstance(step.event, Bar)}


class Trouble:
    """Presses a button, or kills the exchange when a mark is passed: so many minutes of the market have been told."""

    def __init__(
        self, exchange: Exchange, symbols: Sequence[str], seed: int, marks: Sequence[int], speed: int = 60
    ) -> None:
        self._speed = speed
        self._exchange, self._symbols, self._marks = exchange, symbols, list(marks)
        self._draw = random.Random(seed)
        self.pressed: list[str] = []

    @property
    def is_due(self) -> bool:
        """Whether the exchange is still to be killed."""
        return bool(self._marks)

    def pause(self) -> float:
        """Return how many seconds to leave in peace: 6 to 48 of the market's."""
        return self._draw.uniform(6.0, 48.0) / self._speed

    def make(self, minutes: int) -> None:
        """Let one thing go wrong."""
        if self._marks and minutes >= self._marks[0]:
            del self._marks[0]
            self._exchange.kill()
            self._exchange.start()
        else:
            self._press()

    def _press(self) -> None:
        """Press a button, for as long and as often as it hurts."""
        draw = self._draw
        kind = draw.choice([name for name in BUTTONS if name not in NOT_PRESSED])
        wish: dict[str, Any] = {"kind": kind}
        for field in BUTTONS[kind].fields:
            wish[field] = {
                "count": draw.randint(1, 3), "seconds": round(draw.uniform(0.05, 0.6), 2),
                "symbol": draw.choice(self._symbols), "link": draw.choice(["", "market", "private"]), "value": "",
            }[field]  # fmt: skip
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._exchange.port}/__sim/fault",
            json.dumps(wish).encode(),
            {"Authorization": f"Bearer {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
        self.pressed.append(kind)


def live_and_die(config: Path, root: Path, lengths: Sequence[int], told: Told, trouble: Trouble) -> None:
    """Run sessions by the command, under trouble, each killed when so many more minutes have been told than before."""
    for length in lengths:
        for _ in range(STARTS):
            if _lives_until(config, root, len(told.minutes) + length, told, trouble):
                break
        else:
            raise AssertionError(f"no session began in {STARTS} starts")


def _lives_until(config: Path, root: Path, mark: int, told: Told, trouble: Trouble) -> bool:
    """Run one session until it is killed; False if it ended by itself."""
    known = {entry.name for entry in sessions(root)}
    with started("-m", "tradewind", "live", "-c", config, "--json") as process:

        def begun() -> bool:
            found = [entry for entry in sessions(root) if entry.name not in known and entry.facts]
            return process.poll() is not None or any(entry.journal.is_file() for entry in found)

        wait_for(begun)
        new = [entry for entry in sessions(root) if entry.name not in known and entry.journal.is_file()]
        if new:
            follower, is_live, has_traded = Follower(new[0].journal), False, False
            while process.poll() is None and (len(told.minutes) < mark or not has_traded):
                time.sleep(trouble.pause())
                while steps := follower.more():
                    told.take(steps)
                    is_live |= any(isinstance(step.event, Bar) for step in steps)
                    has_traded |= any(isinstance(step.event, OrderFilled) for step in steps)
                if is_live:
                    trouble.make(len(told.minutes))
        if process.poll() is not None:
            assert process.returncode in (1, 3), process.communicate()  # the venue could not be reached
            return False
        process.kill()
        process.communicate()
        return True
