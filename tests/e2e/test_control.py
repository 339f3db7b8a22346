"""`tradewind control` against a session that trades at an exchange in another process."""

from __future__ import annotations

import contextlib
import io
import json
import signal
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.e2e.program import run, started, wait_for
from tests.e2e.test_exchange import PATIENT, serving, shown
from tradewind.app.cli import main
from tradewind.app.control.address import door_of
from tradewind.app.control.client import Client
from tradewind.domain.commands import SubmitOrder
from tradewind.domain.control import EmergencyStopped, Paused, Resumed
from tradewind.domain.errors import NoEngine
from tradewind.domain.events import OrderFilled
from tradewind.record.journal.reader import read

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

SYMBOLS = [f"{name}USDT" for name in ("BTC", "ETH", "SOL", "BNB", "XRP", "ADA", "DOGE", "DOT", "LTC", "LINK")]
MANY = """
from tradewind import Strategy

class Many(Strategy):
    "Ten positions and fifty orders at rest; then a small order every bar of the first symbol."
    def on_bar(self, ctx, bar):
        bars = ctx.state["bars"] = ctx.state.get("bars", 0) + 1
        if bars == 30:
            for instrument in ctx.instruments:
                ctx.buy("0.01", instrument)
                for step in range(5):
                    ctx.buy("0.01", instrument, limit=ctx.price(instrument) * (0.93 - 0.005 * step))
        elif bars > 60 and bar.instrument == ctx.instruments[0]:
            ctx.buy("0.001", bar.instrument)
"""


class Place:
    """An exchange, and a session that trades there."""

    def __init__(self, socket: Path, path: Path, root: Path, process: subprocess.Popen[str]) -> None:
        self.socket, self.path, self.root, self.process = socket, path, root, process

    @property
    def home(self) -> Path:
        return next(self.root.rglob("control.json")).parent

    @property
    def client(self) -> Client:
        return Client(door_of(self.home))


def configured(folder: Path, **blocks: Any) -> tuple[Path, Path, Path]:
    """Write a strategy, the exchange's configuration and the session's; return the latter two and the socket."""
    (folder / "many.py").write_text(MANY)
    tree = {
        "engine": {"symbols": SYMBOLS, "interval": "1m", "data_output_path": str(folder / "sessions")},
        "market_data": {"provider_type": "mock", "config": {"seed": 5, "interval_ms": 100, "volatility": 0.0001}},
        "trading": {"provider_type": "paper", "config": {"balances": {"USDT": "1000000"}}},
        "strategy": {"path": f"{folder / 'many.py'}:Many"},
    }
    paper, path, socket = folder / "paper.yaml", folder / "session.yaml", folder / "x"
    paper.write_text(yaml.safe_dump(tree))
    tree["market_data"] = {"provider_type": "exchange", "config": {"socket": str(socket), "dead_seconds": 120}}
    tree["trading"] = {"provider_type": "exchange", "config": PATIENT}
    path.write_text(yaml.safe_dump(tree | blocks))
    return paper, path, socket


@contextlib.contextmanager
def trading(folder: Path, **blocks: Any) -> Iterator[Place]:
    """Run an exchange and a session until it holds ten positions and has fifty orders at rest."""
    paper, path, socket = configured(folder, **blocks)
    root = folder / "sessions"
    with serving(paper, socket), started("-m", "tradewind", "live", "-c", path, "--json") as process:
        place = Place(socket, path, root, process)
        wait_for(lambda: bool(list(root.rglob("control.json"))), process)
        wait_for(lambda: _is_full(place.client), process)
        yield place


def _is_full(client: Client) -> bool:
    told = client.read("/status")
    return len(told["positions"]) == len(SYMBOLS) and told["orders_open"] >= 50


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with trading(tmp_path_factory.mktemp("control"), breakers={"daily_loss": {"fraction": 0.5}}) as place:
        yield place


def said(*words: object) -> tuple[int, str, str]:
    """Call the program in this process: exit code, output, errors."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        code = main([str(word) for word in words])
    return code, out.getvalue(), errors.getvalue()


def words(place: Place, kind: type) -> list[Any]:
    return [step for step in read(place.home / "journal.sqlite") if isinstance(step.event, kind)]


def submitted_after(place: Place, seq: int) -> list[str]:
    steps = [step for step in read(place.home / "journal.sqlite") if step.seq > seq]
    return [effect.order.id for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]


@pytest.mark.slow
@pytest.mark.must_really_work
def test_mw_13_a_pause_and_a_resume_act_within_one_event_lesson_14(place: Place) -> None:
    code, out, errors = run("control", "pause", "--for", "24h", "--reason", "lunch", "-c", place.path, "--json")
    assert code == 0, errors
    paused = json.loads(out)
    (step,) = words(place, Paused)
    assert (step.seq, step.event.reason) == (paused["seq"], "lunch")
    wait_for(lambda: place.client.read("/status")["seq"] > paused["seq"] + 60, place.process)
    assert submitted_after(place, paused["seq"]) == [], "not one order after the step in which it was paused"
    assert place.client.read("/status")["paused"] is True
    resumed = place.client.command("resume", operator="ann")
    assert resumed["outcome"] == "done"
    wait_for(lambda: bool(submitted_after(place, resumed["seq"])), place.process)
    assert [step.event.operator for step in words(place, Resumed)] == ["ann"]


@pytest.mark.slow
def test_what_is_held_and_open_is_the_venues_lesson_158_and_161(place: Place) -> None:
    """Figures and switches are those of the engine: what is pressed acts."""
    held, there = place.client.read("/positions"), shown(place.socket)
    assert {each["instrument"] for each in held} == set(there["positions"])
    assert {each["stops_at_the_venue"] for each in held} == {"NO STOP"}
    assert len(place.client.read("/orders")) >= 50
    assert said("control", "status", "-c", place.path)[0] == 0
    only = place.client.command("close-only", reason="too hot")
    wait_for(lambda: place.client.read("/status")["seq"] > only["seq"] + 40, place.process)
    assert submitted_after(place, only["seq"]) == []
    assert place.client.command("resume")["outcome"] == "done"


@pytest.mark.slow
def test_orders_and_positions_are_taken_back_one_by_one(place: Place) -> None:
    client = place.client
    client.command("pause")
    order = next(each["id"] for each in client.read("/orders") if each["instrument"].endswith("LINKUSDT"))
    assert client.command("cancel", order=order)["outcome"] == "done"
    assert client.command("cancel", order=order)["outcome"] == "refused"
    assert client.command("cancel", order="nonsense")["outcome"] == "refused"
    entries = client.command("cancel-all", which="entries", symbol="LINKUSDT")
    assert (entries["outcome"], entries["told"]) == ("done", ["4 orders taken back"])
    flat = client.command("flatten", symbol="LINKUSDT")
    assert flat["outcome"] == "done"
    assert "LINKUSDT" not in str(client.read("/positions"))
    assert client.command("flatten", symbol="LINKUSDT")["told"] == ["nothing is held"]
    assert client.command("reconcile")["outcome"] == "done"
    assert client.command("sync", emergency=True)["outcome"] == "done"
    assert client.command("approve", report="none")["outcome"] == "refused"
    assert client.command("reject", report="none")["outcome"] == "refused"
    client.command("resume")


@pytest.mark.slow
def test_breakers_limits_and_metrics_are_the_engines(place: Place) -> None:
    client = place.client
    assert [each["breaker"] for each in client.read("/breakers") if each["state"] == "closed"]
    drilled = client.command("drill", breaker="daily_loss")
    assert (drilled["outcome"], drilled["told"][0]) == ("done", "daily_loss tripped")
    assert drilled["told"][2] == "a reduction was let through"
    assert client.command("trip", breaker="manual", reason="fire")["told"] == ["manual: closed -> latched"]
    assert client.command("resume")["outcome"] == "partly"
    assert client.command("reset", breaker="manual")["outcome"] == "refused", "without a reason"
    assert client.command("reset", breaker="manual", reason="it was a drill", timeout_seconds=30)["outcome"] == "done"
    lower = client.command("set", limit="max_order_value", value="1")
    assert lower["outcome"] == "done"
    assert client.command("set", limit="max_order_value", value="2")["outcome"] == "refused"
    wait_for(lambda: client.read("/metrics.json")["refusals"].get("order_value", 0) > 2, place.process)
    told = client.read("/metrics.json")
    steps = list(read(place.home / "journal.sqlite"))
    steps = [step for step in steps if step.seq <= told["events"]]
    assert told["orders_filled"] == sum(isinstance(step.event, OrderFilled) for step in steps)
    submits = [effect for step in steps for effect in step.effects if isinstance(effect, SubmitOrder)]
    assert told["orders_submitted"] == sum(1 + len(effect.attached) for effect in submits)
    assert sum(told["refusals"].values()) == sum(len(step.refusals) for step in steps)
    text = client.text("/metrics")
    assert 'tradewind_refusals_total{reason="order_value"}' in text
    assert "tradewind_order_latency_seconds_bucket" in text
    assert "tradewind_portfolio_value" in text
    assert client.read("/ready") == {"ok": True}
    wait_for(lambda: "limit_tripped" in said("events", "--kind", "risk", "-c", place.path)[1], place.process)
    code, out, _ = said("control", "logs", "--severity", "critical", "-c", place.path, "--json")
    assert [json.loads(line)["code"] for line in out.splitlines()] == ["limit_tripped"]
    code, out, errors = said("top", "-c", place.path, "--count", "1")
    assert code == 0, errors
    assert "order_value" in out


@pytest.mark.slow
@pytest.mark.must_really_work
def test_an_emergency_stop_is_flat_and_stays_halted_over_a_restart_lesson_21(tmp_path: Path) -> None:
    """RP 26.7 (live): it is killed after the stop, and the next one begins halted."""
    with trading(tmp_path) as place:
        open_before = place.client.read("/status")["orders_open"]
        assert open_before >= 50
        done = place.client.command("emergency-stop", operator="ann", reason="fire")
        assert done["outcome"] == "done", done
        there = shown(place.socket)
        assert (there["orders_open"], there["positions"]) == (0, {})
        wait_for(lambda: place.client.read("/status")["seq"] > done["seq"] + 200, place.process)
        assert submitted_after(place, words(place, EmergencyStopped)[-1].seq) == []
        place.process.send_signal(signal.SIGKILL)
        place.process.wait(60)
        home = place.home
        with pytest.raises(NoEngine):
            Client(door_of(home)).read("/status")
        assert said("control", "status", "-c", place.path)[0] == 3
        with started("-m", "tradewind", "live", "-c", place.path, "--json") as again:
            wait_for(lambda: len(list(place.root.rglob("control.json"))) == 2, again)
            second = next(path.parent for path in place.root.rglob("control.json") if path.parent != home)
            wait_for(lambda: Client(door_of(second)).read("/status")["state"] == "running", again)
            assert "all" in Client(door_of(second)).read("/status")["halted"]


@pytest.mark.slow
@pytest.mark.parametrize("command", [("status",), ("pause",), ("emergency-stop", "--yes"), ("reconcile",)])
def test_rp_26_5_without_an_engine_nothing_is_done_lesson_157(tmp_path: Path, command: tuple[str, ...]) -> None:
    code, out, errors = said("control", *command, "--root", tmp_path)
    assert (code, out) == (3, "")
    assert "no session runs" in errors
    assert not list(tmp_path.iterdir())
