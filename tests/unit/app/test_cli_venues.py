"""`tradewind venues`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import SecretStr  # noqa: TC002 - pydantic reads it

from tradewind.app.cli import main
from tradewind.app.config.model import Config
from tradewind.venues.registry import VENUES, VenueInfo, VenueKind
from tradewind.venues.registry.fields import Settings

if TYPE_CHECKING:
    import pytest


def test_lists_all_with_what_they_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues"]) == 0
    printed = capsys.readouterr().out
    assert "paper: the simulated venue" in printed
    assert "order types:   market, limit, stop, stop_limit, trailing_stop" in printed


def test_one_with_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues", "paper"]) == 0
    printed = capsys.readouterr().out
    assert "replay" not in printed
    assert "slippage.bps" in printed
    assert main(["venues", "nowhere"]) == 2


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues", "--json"]) == 0
    found = {venue["name"]: venue for venue in json.loads(capsys.readouterr().out)}
    assert set(found) == {"replay", "mock", "paper", "exchange", "binance", "binance-paper", "binance-live"}
    assert found["paper"]["config_schema"]["properties"]["account"]["enum"] == ["cash", "margin"]
    assert [name for name, venue in found.items() if venue["real"]] == ["binance-live"]
    assert set(VENUES["binance-paper"].secret_fields) == {"api_key", "secret_key", "secret_key_password"}


def test_a_venue_can_be_named_in_the_configuration() -> None:
    known = Config.model_json_schema()["properties"]
    data, trading = (known[block]["discriminator"]["mapping"] for block in ("market_data", "trading"))
    for name, venue in VENUES.items():
        assert venue.kind is VenueKind.TRADING or name in data
        assert venue.kind is VenueKind.DATA or name in trading


def test_secret_fields_are_those_the_schema_hides() -> None:
    class Account(Settings):
        api_key: SecretStr | None = None
        testnet: bool = True

    assert VenueInfo("x", VenueKind.BOTH, "", (Account,)).secret_fields == ("api_key",)


def test_the_text_below_a_field_is_its_text_in_the_schema() -> None:
    for venue in VENUES.values():
        for key, entry in venue.config_schema["properties"].items():
            assert entry.get("description"), f"{venue.name}: {key} has no text"
