"""Every call of the contract from both kits: the request on the wire, and what the guest makes of the answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.guests import toolchain
from tests.guests.driver import Driver, GuestError, bar, message, timestamp

SOURCES = Path(toolchain.__file__).with_name("every_call")
S = 10**9
NOW = 1_700_000_000 * S
PRICES = ((2, 2.0), (3, 1.0), (4, 1.5), (5, 1.75), (6, 10.0))
BAR = message((1, "BTC"), *PRICES, (7, timestamp(NOW + 5)))
EARLIER = message((1, "BTC"), *PRICES, (7, timestamp(NOW + 5 - 60 * S)))
LATER = message((1, "BTC"), *PRICES, (7, timestamp(NOW + 60 * S)))
LONG = "m" * 200
"""An order with it is longer than a length of one byte says."""
REASON = message((1, "r"), (2, LONG))
FULL = ((1, "mine"), (2, "BTC"), (3, 1), (4, 1), (5, REASON), (6, 2.0), (7, "label"), (8, 0.5), (11, 1))
MARK = ((1, "red"), (2, 2), (3, "t"), (4, "m"), (5, "c"), (6, 7), (7, 2))
POSITION = message(
    (1, "BTC"), (2, -0.5), (3, 3.0), (4, 2.5), (5, 300.0), (6, 250.0), (7, 0.25), (8, 0.125), (9, timestamp(NOW)),
    (10, "l"),
)  # fmt: skip
ORDER = message(
    (1, "id-1"), (2, "BTC"), (3, 1), (4, 1), (5, 0.5), (6, 2.0), (7, "label"), (8, 1), (9, REASON)
)  # fmt: skip
TRADE = message(
    (1, "id-1"), (2, "BTC"), (3, 1), (4, 0.5), (5, 2.0), (6, timestamp(NOW)), (7, 0.25), (8, -1.5), (9, 1), (10, "l"),
    (11, REASON), (12, 3.5),
)  # fmt: skip
SIGNAL = message(
    (1, timestamp(NOW)), (2, 3), (3, "macd"), (4, "why"), (5, '{"macd": -1.25, "signal": null}'), (6, "BTC"), (7, 1)
)  # fmt: skip
ROW = message((1, message((1, "x"), (2, "1"))), (1, message((1, "y"))))
TALK: list[tuple[str, bytes, bytes, list[str]]] = [
    (
        "get_range",
        message((1, "BTC"), (2, timestamp(NOW + 5 - 1_500_000_000)), (4, 2)),
        message((1, BAR), (1, LATER)),
        [f"BTC|{NOW + 5}|1.5|2|1|1.75|10", f"BTC|{NOW + 60 * S}|1.5|2|1|1.75|10"],
    ),
    ("read_last_data", message((1, "ETH")), BAR, ["1.75"]),
    ("execute_sql", message((1, "SELECT ?"), (2, "a"), (2, "")), message((1, ROW), (1, b"")), ["1|", "|"]),
    ("count", message((1, timestamp(1)), (2, message((1, -1), (2, S - 1)))), message((1, 7)), ["7"]),
    ("configure_indicator", message((1, 14), (2, "[12]")), b"", []),
    ("get_signal", message((1, 1), (2, BAR)), SIGNAL, [f"{NOW}|3|macd|why|BTC|1|-1.25|true|0|false"]),
    ("get_signal", b"", message((3, "rsi")), ["rsi"]),
    ("get_signal", message((2, EARLIER)), message((3, "cci")), ["cci"]),
    ("get_cache", message((1, "key")), message((1, "välue")), ["välue"]),
    ("set_cache", message((1, "key"), (2, "välue")), b"", []),
    ("place_order", message(*FULL), b"", []),
    (
        "place_multiple_orders",
        message((1, message((2, "A"), (8, 1.0))), (1, b""), (1, message(*FULL))),
        b"",
        [],
    ),
    ("cancel_order", message((1, "mine")), b"", []),
    ("cancel_all_orders", b"", b"", []),
    ("get_order_status", message((1, "mine")), message((1, 4)), ["4"]),
    ("get_open_orders", b"", message((1, ORDER), (1, b"")), [f"id-1|BTC|1|1|1|0.5|2|r|{LONG}|label", "||0|0|0|0|0|||"]),
    ("get_positions", b"", message((1, POSITION)), [f"BTC|-0.5|3|2.5|300|250|0.25|0.125|{NOW}|l"]),
    ("get_position", message((1, "BTC")), b"", ["|0|0|0|0|0|0|0|0|"]),
    ("get_account_info", b"", message(*((n, n / 2) for n in range(1, 8))), ["0.5|1|1.5|2|2.5|3|3.5"]),
    (
        "get_trades",
        message((1, "BTC"), (2, timestamp(S)), (3, timestamp(NOW + 5)), (4, 9)),
        message((1, TRADE)),
        [f"id-1|BTC|1|1|0.5|2|0.25|-1.5|3.5|{NOW}|r|l"],
    ),
    ("mark", message((1, BAR), (2, message(*MARK))), b"", []),
    ("mark", message((2, message((3, "here"), (6, 4)))), b"", []),
    ("get_markers", b"", message((1, message(*MARK)), (1, b"")), ["red|2|t|m|c|7|2", "|0||||0|0"]),
    ("log", message((1, 3), (2, "fields"), (3, message((1, "a"), (2, "1"))), (3, message((1, "b")))), b"", []),
]  # fmt: skip


@pytest.fixture(params=["go", "zig"])
def guest(request: pytest.FixtureRequest) -> Driver:
    if request.param == "go":
        return Driver(toolchain.go_program("every_call_go", SOURCES / "go"))
    return Driver(toolchain.zig_program("every_call_zig", SOURCES / "every_call.zig"))


def told(guest: Driver) -> list[str]:
    return [request.get(2, [b""])[0].decode() for name, request in guest.calls if name == "log" and request[1] == [1]]


def test_every_call_says_and_hears_what_the_contract_has(guest: Driver) -> None:
    guest.call("initialize")
    guest.calls.clear()
    guest.raw.clear()
    answers = {(name, request): answer for name, request, answer, _ in TALK}
    guest.answer = lambda name, request: answers.get((name, request), b"")
    guest.call("process_data", message((1, BAR)))
    asked = [(name, request) for name, request in guest.raw if name != "log" or request[:2] == b"\x08\x03"]
    assert [name for name, _ in asked] == [name for name, *_ in TALK]
    for got, (name, request, *_) in zip(asked, TALK, strict=True):
        assert got == (name, request)
    assert told(guest) == [f"BTC{NOW + 5} 1.5 2 1 1.75 10", *(line for *_, lines in TALK for line in lines)]


def test_no_answer_is_an_empty_one(guest: Driver) -> None:
    guest.call("initialize")
    guest.call("process_data", message((1, BAR)))
    lines = told(guest)[2:]
    assert lines == ["0", "0", "0|0||||0|0|false|0|false", "", "", "", "0", "|0|0|0|0|0|0|0|0|", "0|0|0|0|0|0|0"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("", "none|3|0.5|false"),
        ("{}", "none|3|0.5|false"),
        ('{"title": "Zürich\\n\\u00fc\\ud83d\\ude00\\"\\\\", "depth": -7}', 'Zürich\nü😀"\\|-7|0.5|false'),
        ('{"ratio": 1.25e-3, "loud": true, "depth": 0, "title": ""}', "|0|0.00125|true"),
        ('{"ratio": 2}', "none|3|2|false"),
    ],
)
def test_parameters_of_every_type(guest: Driver, config: str, said: str) -> None:
    guest.call("initialize", message((1, config)) if config else b"")
    assert told(guest) == [said]


@pytest.mark.parametrize(
    "config",
    ['{"loud": 1}', '{"title": 1}', '{"ratio": "one"}', '{"depth": true}', '{"ratio": 0x1p3}', '{"ratio": inf}'],
)
def test_parameters_of_another_type(guest: Driver, config: str) -> None:
    with pytest.raises(GuestError):
        guest.call("initialize", message((1, config)))


def test_the_schema_is_json_whatever_the_texts(guest: Driver) -> None:
    schema = json.loads(guest.call("get_config_schema")[1][0])
    assert {name: tuple(facts.values()) for name, facts in schema["properties"].items()} == {
        "title": ("string", "none", 'a "text"'),
        "depth": ("integer", 3, "a number"),
        "ratio": ("number", 0.5, "a share"),
        "loud": ("boolean", False, "a switch"),
    }


def test_an_error_of_the_guest_has_its_text(guest: Driver) -> None:
    guest.call("initialize")
    with pytest.raises(GuestError, match=r"^closed below zero$"):
        guest.call("process_data", message((1, bar("BTC", -1.0))))
    guest.call("process_data", message((1, BAR)))
    assert told(guest)[1].startswith("BTC")


def test_memory_stays_small(guest: Driver) -> None:
    """What the calls of a bar leave behind is used again; Go's collector lets it grow to some 120 pages first."""
    guest.call("initialize")
    answers = {(name, request): answer for name, request, answer, _ in TALK}
    guest.answer = lambda name, request: answers.get((name, request), b"")
    for _ in range(100):
        guest.call("process_data", message((1, BAR)))
    assert guest.memory.size(guest.store) < 120
