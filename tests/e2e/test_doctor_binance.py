"""`tradewind doctor --venue binance`, at a local exchange, and with the answers of a server where all is wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml

from tests.conformance.venue import serve
from tradewind.app.cli import doctor_binance as doctor
from tradewind.app.cli import main
from tradewind.app.cli.doctor_machine import Level
from tradewind.app.config import build_config
from tradewind.app.config.source import Source
from tradewind.domain.errors import VenueRefused
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.exchange.binance.symbols import Symbol
from tradewind.testing.builders import instrument
from tradewind.venues.binance.answers import answer_of
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.weights import LIMITS, Budget

if TYPE_CHECKING:
    from pathlib import Path

KEY = "k" * 64
STRATEGY = "from tradewind import Strategy\n\nclass Quiet(Strategy):\n    def on_bar(self, ctx, bar): ...\n"


def tree(folder: Path, base_url: str, key: str = KEY, secret: str = KEY, **more: Any) -> dict[str, Any]:
    return {
        "engine": {"symbols": ["BTCUSDT"], "interval": "1m", "data_output_path": str(folder / "out")},
        "market_data": {"provider_type": "binance", "config": {"base_url": base_url}},
        "trading": {
            "provider_type": "binance-paper", "config": {"api_key": key, "secret_key": secret, "base_url": base_url},
        },
        "strategy": {"path": f"{folder / 'quiet.py'}:Quiet"},
        **more,
    }  # fmt: skip


@pytest.mark.slow
def test_at_an_exchange_it_tells_clock_filters_rights_budget_and_what_is_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("aiohttp", reason="no aiohttp: pip install 'tradewind[binance,exchange]'")
    (tmp_path / "quiet.py").write_text(STRATEGY)
    for venue in serve(tmp_path, "--speed", "1"):
        path = tmp_path / "session.yaml"
        path.write_text(yaml.safe_dump(tree(tmp_path, f"http://127.0.0.1:{venue.port}", venue.key, venue.secret)))
        code = main(["doctor", "-c", str(path), "--venue", "binance", "--json"])
        told = capsys.readouterr().out
    found = {check["name"]: check for check in json.loads(told)["checks"]}
    assert venue.secret not in told
    assert found["binance"]["level"] == found["venue clock"]["level"] == found["account"]["level"] == "ok"
    assert found["BTCUSDT"]["found"].startswith("price step 0.01, quantity step ")
    assert found["API key"] == {
        "name": "API key", "level": "warn", "found": "may be used from any address",
        "fix": "restrict it to this machine's address",
    }  # fmt: skip
    assert found["open orders"]["found"] == "0 open, 0 of them not of a session of ours"
    assert "REQUEST_WEIGHT in 60 s" in found["request budget"]["found"]
    assert code == 0


class Answers:
    """What stands in the place of `Rest`."""

    product = Product.SPOT
    skew_ns = 0
    answers: dict[str, Any]

    def __init__(self, *_: object) -> None:
        self.budget = Budget(LIMITS[Product.SPOT])
        self.budget.used(self.now(), "REQUEST_WEIGHT", 60 * NS_PER_SECOND, 5_000)

    def now(self) -> int:
        return 1_719_360_000 * NS_PER_SECOND

    def get(self, name: str, _params: object, kind: Any) -> Any:
        if isinstance(self.answers[name], Exception):
            raise self.answers[name]
        return answer_of(msgspec.json.encode(self.answers[name]), kind)

    def get_signed(self, name: str, params: object, kind: Any, *_: object) -> Any:
        return self.get(name, params, kind)

    def compare_clocks(self, offset: Any) -> None:
        offset.answered(0, self.skew_ns, 0)

    def close(self) -> None:
        """Nothing is open."""


def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, skew_ms: int = 0, **changed: Any) -> dict[str, Any]:
    """Return the checks by name, with answers as they are when all is well but for those that are `changed`."""
    listed = Symbol(instrument("BTCUSDT"), 1).listed()
    answers = {
        "time": {"serverTime": 1}, "exchangeInfo": {"rateLimits": [], "symbols": [listed]},
        "sapi/v1/account/apiRestrictions": {"ipRestrict": True, "enableSpotAndMarginTrading": True},
        "account": {"canTrade": True, "balances": []}, "openOrders": [],
    } | changed.pop("answers", {})  # fmt: skip
    made = type("Told", (Answers,), {"answers": answers, "skew_ns": skew_ms * NS_PER_MS})
    monkeypatch.setattr(doctor, "Rest", made)
    config = build_config(Source("session.yaml", tree(tmp_path, "http://127.0.0.1:1", **changed), {}), environ={})
    return {check.name: check for check in doctor.check_binance(config)}


def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asked(tmp_path, monkeypatch)
    assert found.pop("request budget").level is Level.WARN, "5,000 of 6,000 are used"
    assert {check.level for check in found.values()} == {Level.OK}
    assert found["API key"].found == "may trade, may not withdraw, and from one address only"


KEYS = {"api_key": KEY, "secret_key": KEY}
REAL = {"provider_type": "binance-live", "config": KEYS}
TESTED = {"provider_type": "binance-paper", "config": KEYS}


@pytest.mark.parametrize(
    ("data", "trading", "level"),
    [
        ({}, REAL, Level.OK),
        ({"use_testnet": True}, REAL, Level.FAIL),
        ({"environment": "demo"}, REAL, Level.FAIL),
        ({"base_url": "http://127.0.0.1:1"}, REAL, Level.FAIL),
        ({}, TESTED, Level.OK),
        ({"environment": "live"}, TESTED, Level.WARN),
    ],
)
def test_prices_are_those_of_the_market_that_orders_go_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any], trading: dict[str, Any], level: Level
) -> None:
    block = {"provider_type": "binance", "config": data}
    found = asked(tmp_path, monkeypatch, market_data=block, trading=trading)["prices"]
    assert found.level is level
    if level is Level.FAIL:
        assert "real money" in found.found
        assert found.fix.startswith("market_data.config: these are prices of http")


@pytest.mark.parametrize(
    ("ms", "level"), [(499, Level.OK), (-500, Level.WARN), (4_999, Level.WARN), (5_000, Level.FAIL)]
)
def test_a_clock_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ms: int, level: Level) -> None:
    assert asked(tmp_path, monkeypatch, skew_ms=ms)["venue clock"].level is level


@pytest.mark.parametrize(
    ("rights", "says"),
    [
        ({"enableWithdrawals": True, "ipRestrict": True, "enableSpotAndMarginTrading": True}, "may withdraw"),
        ({"ipRestrict": True}, "may not trade"),
    ],
)
def test_a_key_that_may_do_too_much_or_too_little_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rights: dict[str, bool], says: str
) -> None:
    check = asked(tmp_path, monkeypatch, answers={"sapi/v1/account/apiRestrictions": rights})["API key"]
    assert (check.level, check.found) == (Level.FAIL, says)


def test_what_is_not_told_is_not_taken_for_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = VenueRefused("no such path")
    check = asked(tmp_path, monkeypatch, answers={"sapi/v1/account/apiRestrictions": unknown})["API key"]
    assert (check.level, check.found) == (Level.WARN, "its rights are not told: no such path")


def test_orders_that_no_session_of_ours_has_opened_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = [
        {"symbol": "BTCUSDT", "orderId": number, "clientOrderId": name, "price": "1", "origQty": "1",
         "executedQty": "0", "status": "NEW", "side": "BUY", "type": "LIMIT"}
        for number, name in enumerate(("tw-000001", "web_1", "tw3f-000007"))
    ]  # fmt: skip
    check = asked(tmp_path, monkeypatch, answers={"openOrders": orders})["open orders"]
    assert (check.level, check.found) == (Level.WARN, "3 open, 1 of them not of a session of ours")


def test_a_step_of_the_configuration_that_is_not_the_venues_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [{"symbol": "BTCUSDT", "tick": "0.005", "lot": "0.001"}]
    check = asked(tmp_path, monkeypatch, instruments=told)["BTCUSDT"]
    assert check.level is Level.FAIL
    assert "tick is 0.005, there 0.01" in check.fix
    assert "lot" not in check.fix


def test_a_symbol_that_is_halted_and_a_venue_that_is_away_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    halted = Symbol(instrument("BTCUSDT"), 1).listed() | {"status": "BREAK"}
    found = asked(tmp_path, monkeypatch, answers={"exchangeInfo": {"rateLimits": [], "symbols": [halted]}})
    assert (found["BTCUSDT"].level, found["BTCUSDT"].found) == (Level.FAIL, "takes no orders now (BREAK)")
    away = asked(tmp_path, monkeypatch, answers={"time": VenueRefused("closed")})
    assert {name: check.level for name, check in away.items()} == {"prices": Level.OK, "binance": Level.FAIL}
