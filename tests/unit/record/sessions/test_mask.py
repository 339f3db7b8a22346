"""Secrets do not reach the record, wherever they stand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tradewind.record.sessions.mask import masked, masked_json


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "apiKey",
        "API_KEY",
        "secret",
        "api_secret",
        "secret_key",
        "private-key",
        "password",
        "token",
        "db_password",
    ],
)
def test_by_the_name_of_the_key(name: str) -> None:
    assert masked({name: "hunter2"}) == {name: "***"}


@pytest.mark.parametrize("name", ["symbols", "tokens_per_second", "keyboard", "secretary", "monkey"])
def test_other_names_stay(name: str) -> None:
    assert masked({name: "hunter2"}) == {name: "hunter2"}


def test_at_every_depth() -> None:
    tree: dict[str, Any] = {"a": [{"b": {"password": "x", "c": 1}}, {"credentials": {"user": "me", "pin": 1234}}]}
    assert masked(tree) == {"a": [{"b": {"password": "***", "c": 1}}, {"credentials": {"user": "***", "pin": "***"}}]}
    assert tree["a"][0]["b"]["password"] == "x"


def test_by_value_wherever_it_is_repeated() -> None:
    tree = {"api_key": "abc123def", "url": "postgres://me:abc123def@db/x", "list": ["abc123def", "other"]}
    assert masked(tree) == {"api_key": "***", "url": "postgres://me:***@db/x", "list": ["***", "other"]}


def test_by_value_that_was_told() -> None:
    tree = {"note": "key is s3cr3t-value!", "number": 42, "none": None, "flag": True}
    assert masked(tree, ["s3cr3t-value"]) == {"note": "key is ***!", "number": 42, "none": None, "flag": True}


def test_a_short_secret_is_not_found_by_chance() -> None:
    assert masked({"token": "BTC", "symbol": "BTCUSDT", "base": "BTC"}) == {
        "token": "***",
        "symbol": "BTCUSDT",
        "base": "***",
    }


def test_nothing_there_is_no_secret() -> None:
    assert masked({"api_key": None, "password": "", "token": "***"}) == {
        "api_key": None,
        "password": "***",
        "token": "***",
    }


def test_as_json() -> None:
    assert json.loads(masked_json({"secret": "abcdefgh", "x": ["abcdefgh"]})) == {"secret": "***", "x": ["***"]}
