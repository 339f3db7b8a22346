"""Reading files: plain words, exact numbers, and files that cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tradewind.app.config.source import parse_source, read_source
from tradewind.domain.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ON", "ON"), ("NO", "NO"), ("y", "y"), ("1:30", "1:30"), ("2024-06-25", "2024-06-25"), ("1m", "1m"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("1_000", 1000), ("-7", -7), ("0x1F", "0x1F"),
        ("0.1", Decimal("0.1")), (".5", Decimal("0.5")), ("1e-3", Decimal("0.001")),
        ("100_000.50", Decimal("100000.50")),
        (".", "."), ("-", [None]),
    ],
)  # fmt: skip
def test_plain_words_of_yaml(text: str, expected: object) -> None:
    assert parse_source(f"key: {text}" if text != "-" else "key:\n  -", ".yaml", "c").data == {"key": expected}


def test_lines_follow_anchors_and_merges() -> None:
    source = parse_source("base: &b\n  x: 1\nother:\n  <<: *b\n  y: 2\n", ".yaml", "c")
    assert source.data["other"] == {"x": 1, "y": 2}
    assert source.line(("other", "y")) == 5
    assert source.line(("other", "x")) == 3
    assert source.line(("nowhere",)) is None


@pytest.mark.parametrize(
    ("suffix", "text", "expected"),
    [
        (".yaml", "a: [1", "c:1: expected ',' or ']'"),
        (".yaml", "a: 1\n\tb: 2", "c:2: found character"),
        (".yaml", "a: *nobody", "c:1: found undefined alias"),
        (".yaml", "a: &x [*x]", "blocks lie too deep"),
        (".yaml", "just words", "blocks of keys"),
        (".yaml", "a: \x00", "unacceptable character"),
        (".yaml", f"a: {'9' * 5000}", "Exceeds the limit"),
        (".yaml", "a: 1e99999999999999999999", "InvalidOperation"),
        (".json", '{\n"a": }', "c:2: Expecting value"),
        (".json", "[1]", "blocks of keys"),
        (".toml", "a = ", "Invalid value"),
        (".ini", "a=1", "ends in .yaml, .yml, .json, .toml"),
    ],
)
def test_files_that_say_nothing_we_can_read(suffix: str, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_source(text, suffix, "c")
    assert expected in str(caught.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_source(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_source(tmp_path / "latin.yaml")


def test_an_empty_file_is_an_empty_configuration() -> None:
    assert parse_source("", ".yaml", "c").data == {}
