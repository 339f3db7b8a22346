"""The alerts of a running session: a watcher whose thread looks at committed steps and sends what people must know.

The loop hands over a turn and goes on; whatever a channel does, it waits for nothing. What no channel has taken is said
in the log, counted, and kept in `alerts.jsonl` beside what was sent; it is tried again until it arrives or the session
ends.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import structlog

from tradewind.app.alerting.pacing import Message, Pacing
from tradewind.app.alerting.rules import Alert, Over, alert_of, clean, is_at_least, is_drill, over
from tradewind.record.events.telling import Teller
from tradewind.record.sessions.mask import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tradewind.app.alerting.channels import Channel
    from tradewind.app.alerting.pacing import Pace
    from tradewind.domain.step import Step

FILE = "alerts.jsonl"
LOOK_SECONDS = 0.5
TURNS_MAX = 10_000
"""Turns that may wait to be looked at; then the oldest are passed over, which is an alert itself."""
UNSENT_MAX = 100
"""Messages that may wait for a channel; then the oldest are given up, and counted."""
RETRY_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""Before the second try, the third …; the last one from then on."""

log = structlog.get_logger(__name__)


class Sign(NamedTuple):
    """Something that is wrong now and that no step tells: the loop does not turn, the journal is slow."""

    code: str
    severity: str
    text: str


class Unsent(msgspec.Struct):
    """A message on its way out."""

    message: Message
    tries: int = 0
    due: float = 0.0


class Alerts:
    """Watches one session; see `runtime.observers.Watcher`."""

    name = "alerts"
    is_behind = False
    """Nothing waits for it."""

    def __init__(  # noqa: PLR0913 - whom it tells, of what, and how
        self,
        channels: Sequence[Channel],
        pace: Pace,
        *,
        title: str,
        least: str = "warning",
        file: Path | None = None,
        secrets: Iterable[str] = (),
        close_seconds: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._signs: Callable[[], Iterable[Sign]] = tuple
        self.sent = self.failed = self.given_up = 0
        self._channels = tuple(channels)
        self._pacing = Pacing(pace)
        self._title, self._least, self._file = title, least, file
        self._secrets = tuple(secrets)
        self._close_seconds, self._clock = close_seconds, clock
        self._teller = Teller()
        self._turns: deque[Sequence[Step]] = deque(maxlen=TURNS_MAX)
        self._passed_over = 0
        self._words: deque[Alert | Over] = deque()
        self._known: set[str] = set()
        self._unsent: deque[Unsent] = deque()
        self._woken = threading.Event()
        self._ending: float | None = None
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)

    @property
    def missed(self) -> str:
        """What was not delivered or looked at; empty if all was."""
        parts = [f"{self.given_up} alerts were not delivered"] if self.given_up else []
        parts += [f"{self._passed_over} turns were not looked at"] if self._passed_over else []
        return "; ".join(parts)

    @property
    def unsent(self) -> int:
        """How many messages wait for a channel that takes them."""
        return len(self._unsent)

    def start(self, signs: Callable[[], Iterable[Sign]] = tuple) -> None:
        """Begin to look; `signs` tells what is wrong beside the steps, asked in this thread, so it only reads."""
        self._signs = signs
        self._thread.start()

    def observe(self, steps: Sequence[Step]) -> None:
        """Take the steps of a turn; never waits."""
        if len(self._turns) == TURNS_MAX:
            self._passed_over += 1
        self._turns.append(steps)

    def tell(self, word: Alert | Over) -> None:
        """Say something that no step says; from any thread."""
        self._words.append(word)
        self._woken.set()

    def ended_with(self, error: BaseException) -> None:
        """Say that the session has ended with an error; a wanted stop says nothing."""
        text = f"the session has ended with an error: {type(error).__name__}: {error}"
        self.tell(Alert(key="ended:", code="ended_with_error", severity="critical", text=text))

    def close(self) -> None:
        """Nothing yet: how the session ends is an alert as well, so whoever runs it ends this."""

    def end(self) -> None:
        """Send the rest, but not for ever."""
        if not self._thread.is_alive():
            return
        self._ending = self._clock() + self._close_seconds
        self._woken.set()
        self._thread.join(self._close_seconds + 1.0)
        if self._thread.is_alive():  # a channel hangs: what it holds and what waits behind it is not delivered
            self.given_up += max(len(self._unsent), 1)
        if self.missed:
            log.error("alerts are missing: nobody was told", what=self.missed)

    def _run(self) -> None:
        while True:
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()
            ending = self._ending
            self._look()
            if ending is not None:
                for message in self._pacing.rest():
                    self._put(message)
            self._deliver(until=ending)
            if ending is not None and (not self._unsent or self._clock() >= ending):
                for each in self._unsent:
                    self._give_up(each)
                return

    def _look(self) -> None:
        """Look at what has happened since the last time."""
        while self._turns:
            for step in self._turns.popleft():
                self._look_at(step)
        while self._words:
            word = self._words.popleft()
            self._alert(word) if isinstance(word, Alert) else self._over(word)
        self._look_at_signs()
        for message in self._pacing.due(self._clock()):
            self._put(message)

    def _look_at(self, step: Step) -> None:
        for told in self._teller.of(step):
            for ended in over(told):
                self._over(ended)
            if is_at_least(told.severity, self._least) and not is_drill(told):
                self._alert(alert_of(told))
        for ended in clean(step):
            self._over(ended)

    def _look_at_signs(self) -> None:
        found = {sign.code: sign for sign in self._signs()}
        if self._passed_over:
            text = f"{self._passed_over} turns went by faster than they could be looked at"
            found["passed_over"] = Sign("passed_over", "error", text)
        for code, sign in found.items():
            self._alert(Alert(key=f"{code}:", code=code, severity=sign.severity, text=sign.text, lasts=True))
        for code in self._known - found.keys():
            self._over(Over(f"{code}:", "it is not so any more"))
        self._known = set(found)

    def _alert(self, alert: Alert) -> None:
        if not any(each.message.key == alert.key for each in self._unsent):
            message = self._pacing.take(alert, self._clock())
            if message is not None:
                self._put(message)

    def _over(self, ended: Over) -> None:
        for message in self._pacing.over(ended):
            self._put(message)

    def _put(self, message: Message) -> None:
        self._unsent.append(Unsent(message))
        if len(self._unsent) > UNSENT_MAX:
            self._give_up(self._unsent.popleft())

    def _deliver(self, until: float | None) -> None:
        """Send what waits and is due, the oldest first; each channel is asked in turn until one has taken it."""
        left: deque[Unsent] = deque()
        while self._unsent:
            unsent = self._unsent[0]
            now = self._clock()
            is_over = until is not None and now >= until
            if is_over or (unsent.due > now and until is None):
                left.append(self._unsent.popleft())
                continue
            taken = self._send(unsent.message)
            self._unsent.popleft()
            if taken:
                self.sent += 1
                self._pacing.delivered(unsent.message, self._clock())
                continue
            self.failed += 1
            unsent.tries += 1
            unsent.due = self._clock() + RETRY_SECONDS[min(unsent.tries, len(RETRY_SECONDS)) - 1]
            left.append(unsent)
            if unsent.tries == 1:
                log.error("an alert could not be delivered; it is tried again", alert=self._masked(unsent.message.text))
            if until is not None:
                break
        left.extend(self._unsent)
        self._unsent = left

    def _send(self, message: Message) -> bool:
        text = self._masked(message.text)
        for channel in self._channels:
            taken = channel.send(message.severity, f"[{message.severity.upper()}] {self._title}", text)
            self._note(message, text, channel.name, taken=taken)
            if taken:
                return True
        return False

    def _give_up(self, unsent: Unsent) -> None:
        self.given_up += 1
        text = self._masked(unsent.message.text)
        log.error("an alert was not delivered", alert=text)
        self._note(unsent.message, text, "", taken=False)

    def _note(self, message: Message, text: str, channel: str, *, taken: bool) -> None:
        """Write down what was sent, by which channel, and whether it was taken, as far as the disk takes it."""
        if self._file is None:
            return
        line: dict[str, Any] = {
            "ts_ns": time.time_ns(), "severity": message.severity, "code": message.code, "key": message.key,
            "message": text, "alert_method": channel, "alert_sent": taken,
        }  # fmt: skip
        try:
            is_new = not self._file.exists()
            with self._file.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
            if is_new:
                self._file.chmod(0o600)
        except OSError as error:
            log.warning("alerts.jsonl cannot be written", error=str(error))

    def _masked(self, text: str) -> str:
        return str(masked({"text": text}, self._secrets)["text"])
