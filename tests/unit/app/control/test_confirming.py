"""Entries that wait, confirmed and declined through the control API of a session; what `status` tells; alerts of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.app.control.running import KEY, session
from tests.unit.app.test_alerting import Receiver
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.confirmation import ConfirmationAsked
from tradewind.domain.errors import CallRejected
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tradewind.app.control.client import Client

PATIENCE = 60.0
WAITS = {"risk": {"confirm": {"above": "0.01", "within_seconds": 86_400}, "max_orders_per_minute": 100}}


def until(fact: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while not (found := fact()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)
    return found


def waiting(client: Client) -> list[dict[str, Any]]:
    return [each for each in client.read("/orders") if each["state"] == "awaits confirmation"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    pytest.importorskip("apprise", reason="no apprise: pip install 'tradewind[alerts]'")
    made = Receiver()
    yield made
    made.close()


def test_an_entry_waits_for_the_operator_who_is_told_of_it(tmp_path: Path, receiver: Receiver) -> None:
    blocks = WAITS | {"alerts": {"urls": [receiver.url()]}}
    with session(tmp_path, blocks=blocks) as running:
        client = running.client
        first, second = until(lambda: len(found := waiting(client)) > 1 and found[:2])
        assert first["confirm_until"]
        status = client.read("/status")
        assert status["awaiting_confirmation"][:2] == [first["id"], second["id"]]
        confirmed = client.command("confirm", order=first["id"], operator="ann")
        assert confirmed["outcome"] == "done", confirmed
        assert confirmed["told"] == ["sent buy 0.001 mock:BTCUSDT"]
        declined = client.command("decline", order=second["id"], operator="ann", reason="too dear")
        assert declined["outcome"] == "done"
        assert declined["told"] == ["unconfirmed: declined by ann: too dear"]
        for word in ("confirm", "decline"):
            assert client.command(word, order=second["id"])["outcome"] == "refused"
        third = until(lambda: waiting(client))[0]
        cancelled = client.command("cancel", order=third["id"])
        assert cancelled["outcome"] == "done", cancelled
        assert third["id"] not in client.read("/status")["awaiting_confirmation"]
        status = client.read("/status")
        assert status["equity_state"] == "known"
        assert status["limits"]["max_orders_per_minute"]["limit"] == "100"
        assert status["orders_submitted"] >= 1
        assert status["last_decision"]
        assert status["heartbeat_age_seconds"] < PATIENCE
        assert status["alerts"]["not_delivered"] == 0
        until(lambda: any("awaits_confirmation" in text for text in receiver.texts))
        home = running.home
    steps = list(read(home / "journal.sqlite"))
    asked = {n.order.id for step in steps for n in step.notices if isinstance(n, ConfirmationAsked)}
    sent = {each.order.id for step in steps for each in step.effects if isinstance(each, SubmitOrder)}
    assert sent == {first["id"]}, "nothing left that nobody confirmed"
    assert {first["id"], second["id"], third["id"]} <= asked
    assert receiver.texts[0].startswith("tradewind paper BTCUSDT begins")
    assert not [text for text in receiver.texts if KEY in text]


def test_what_nobody_waits_for_is_refused_with_its_name(tmp_path: Path) -> None:
    with session(tmp_path) as running:
        answer = running.client.command("confirm", order="nonsense")
        assert (answer["outcome"], answer["left"]) == ("refused", ["nonsense: no such order waits to be confirmed"])
        with pytest.raises(CallRejected):
            running.client.command("confirm")
