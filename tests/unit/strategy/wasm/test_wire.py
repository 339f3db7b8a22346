"""The codec against the vectors of the contract and against the protobuf runtime."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest
from google.protobuf.message import DecodeError

from tests.unit.strategy.wasm.oracle import classes
from tradewind.domain.time import NS_PER_SECOND
from tradewind.strategy.wasm import messages as m
from tradewind.strategy.wasm import messages_trading as t
from tradewind.strategy.wasm import plans
from tradewind.strategy.wasm.enums import IndicatorType
from tradewind.strategy.wasm.errors import GuestBadMessage
from tradewind.strategy.wasm.reader import Reader
from tradewind.strategy.wasm.templates import BarTemplate, SignalTemplate, market_data
from tradewind.strategy.wasm.wire import Plan
from tradewind.testing import bar

if TYPE_CHECKING:
    import msgspec

ORACLE = classes()
PLANS = {plan.made.__name__: plan for plan in vars(plans).values() if isinstance(plan, Plan) and plan.fields}
TEXTS = ("", "a", "BTCUSDT", "naïve ✓", "x" * 200)
NUMBERS = (0.0, -0.0, 1.0, -1.5, 1e300, 5e-324, math.inf, -math.inf, math.nan)
WHOLE = (0, 1, 127, 128, 300, 2**31 - 1, -1, -(2**31))


def drawn(plan: Plan, draw: random.Random, depth: int = 0) -> msgspec.Struct:
    """Draw a message, fields at their defaults among them."""
    values: dict[str, Any] = {}
    for field in plan.fields:
        if draw.random() < 0.3:
            continue
        size = draw.randrange(4) if depth < 2 else 0
        match field.kind:
            case "string":
                values[field.name] = draw.choice(TEXTS)
            case "strings":
                values[field.name] = [draw.choice(TEXTS) for _ in range(size)]
            case "double":
                values[field.name] = draw.choice(NUMBERS)
            case "int64":
                values[field.name] = draw.choice((*WHOLE, 2**63 - 1, -(2**63)))
            case "map":
                values[field.name] = {str(n): draw.choice(TEXTS) for n in range(size)}
            case "message" | "messages":
                assert field.of is not None
                parts = [drawn(field.of, draw, depth + 1) for _ in range(size or 1)]
                values[field.name] = parts if field.kind == "messages" else parts[0]
            case _:
                values[field.name] = draw.choice(WHOLE)
    return plan.made(**values)


def filled(message: msgspec.Struct, plan: Plan, into: Any) -> Any:
    """Fill the runtime's message with the same values."""
    for field in plan.fields:
        value = getattr(message, field.name)
        if field.kind == "message" and value is not None:
            getattr(into, field.name).SetInParent()
            filled(value, field.of or plan, getattr(into, field.name))
        elif field.kind == "messages":
            for entry in value:
                filled(entry, field.of or plan, getattr(into, field.name).add())
        elif field.kind == "map":
            for key in sorted(value):
                entry = getattr(into, field.name).add()
                entry.key, entry.value = key, value[key]
        elif field.kind == "strings":
            getattr(into, field.name).extend(value)
        elif field.kind != "message":
            setattr(into, field.name, value)
    return into


def test_every_message_of_the_oracle_has_a_plan() -> None:
    assert set(PLANS) == set(ORACLE)


@pytest.mark.parametrize("name", PLANS)
def test_messages_are_written_and_read_as_the_runtime_does(name: str) -> None:
    draw, plan = random.Random(name), PLANS[name]
    for _ in range(40):
        message = drawn(plan, draw)
        theirs = filled(message, plan, ORACLE[name]())
        data = plan.encode(message)
        if name not in {"SQLResult", "ExecuteSQLResponse", "LogRequest"} or b"\x0a\x00" not in data:
            assert ORACLE[name].FromString(data) == theirs or "nan" in repr(message)
        back = Reader().read(plan, theirs.SerializeToString(deterministic=True))
        assert repr(back) == repr(message)  # NaN is not equal to itself


@pytest.mark.parametrize("name", PLANS)
def test_damaged_messages_are_refused_or_read_as_the_runtime_reads_them(name: str) -> None:
    """Where both take the bytes they agree; ours alone refuses known fields of a wrong type."""
    draw, plan = random.Random(f"damage/{name}"), PLANS[name]
    for _ in range(60):
        data = bytearray(plan.encode(drawn(plan, draw)))
        for _ in range(draw.choice((1, 2, 5))):
            at = draw.randrange(len(data) + 1)
            data[at : at + draw.choice((0, 1))] = draw.randbytes(draw.choice((0, 1, 1)))
        reader = Reader()
        try:
            ours = reader.read(plan, bytes(data))
        except GuestBadMessage:
            continue
        try:
            theirs = ORACLE[name].FromString(bytes(data))
        except DecodeError:
            assert reader.mended, bytes(data).hex()  # the runtime refuses texts that are no UTF-8
            continue
        assert repr(Reader().read(plan, theirs.SerializeToString())) == repr(ours)


VECTORS = {
    "0a 01 78": (plans.TEXT, m.Text("x")),
    "08 02 12 02 68 69 1a 06 0a 01 6b 12 01 76": (plans.LOG, m.LogRequest(2, "hi", {"k": "v"})),
    "12 01 41 18 01 20 01 2a 06 0a 01 72 12 01 6d 31 00 00 00 00 00 00 00 40 41 00 00 00 00 00 00 e0 3f": (
        plans.EXECUTE_ORDER,
        t.ExecuteOrder(symbol="A", side=1, order_type=1, reason=t.Reason("r", "m"), price=2.0, quantity=0.5),
    ),
    "10 04 1a 03 72 73 69 2a 0a 7b 22 72 73 69 22 3a 35 30 7d 32 01 41": (
        plans.SIGNAL,
        m.GetSignalResponse(type=4, name="rsi", raw_value='{"rsi":50}', symbol="A"),
    ),
    "0a 38 0a 01 41 11 00 00 00 00 00 00 00 40 19 00 00 00 00 00 00 f0 3f 21 00 00 00 00 00 00 f8 3f 29 00 00 00 00 00 "
    "00 fc 3f 31 00 00 00 00 00 00 24 40 3a 06 08 80 e2 cf aa 06": (
        plans.PROCESS_DATA,
        m.ProcessDataRequest(m.MarketData("A", 2.0, 1.0, 1.5, 1.75, 10.0, m.Timestamp(1_700_000_000))),
    ),
}  # fmt: skip
"""Section 6.5 of the contract."""


@pytest.mark.parametrize("text", VECTORS)
def test_the_vectors_of_the_contract(text: str) -> None:
    plan, message = VECTORS[text]
    assert plan.encode(message).hex(" ") == text
    assert Reader().read(plan, bytes.fromhex(text)) == message


@pytest.mark.parametrize("ts", [0, 59, 2**28 - 1, 2**28, 1_700_000_000, 2**35 - 1, 2**35])
@pytest.mark.parametrize("volume", [0.0, 12.5])
def test_bars_by_template_are_the_same_bytes(ts: int, volume: float) -> None:
    opened = ts * NS_PER_SECOND
    given = bar(1.75, open=1.5, high=2.0, low=1.0, volume=volume, ts_open=opened, ts_venue=opened + 60 * NS_PER_SECOND)
    template, message = BarTemplate(given.instrument), market_data(given)
    assert template.entry(given) == plans.MARKET_DATA.encode(message)
    assert template.request(given) == plans.PROCESS_DATA.encode(m.ProcessDataRequest(message))


def test_texts_that_are_no_utf8_are_mended_and_counted() -> None:
    reader = Reader()
    assert reader.read(plans.TEXT, b"\x0a\x02\xff\xfe").text == "��"
    assert reader.mended == 1


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05ab", b"\x08\x01", b"\x09" + bytes(8), b"\x00\x00", b"\xff" * 11, b"\x13\x00", b"\x17"],
    ids=[
        "no length",
        "cut off",
        "number for text",
        "double for text",
        "field 0",
        "endless",
        "open group",
        "wire type 7",
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(GuestBadMessage):
        Reader().read(plans.TEXT, data)


def test_unknown_fields_of_every_kind_are_skipped() -> None:
    unknown = (
        b"\x98\x06\x01\x91\x06" + bytes(8) + b"\x9a\x06\x02ab" + b"\x9d\x06" + bytes(4) + b"\x9b\x06\x08\x01\x9c\x06"
    )
    assert Reader().read(plans.TEXT, unknown + b"\x0a\x01x" + unknown).text == "x"


def test_the_last_of_a_repeated_scalar_wins_and_messages_are_merged() -> None:
    assert Reader().read(plans.TEXT, b"\x0a\x01x\x0a\x01y").text == "y"
    twice = b"\x0a\x03\x0a\x01A" + b"\x0a\x09\x29" + bytes(7) + b"\x40"
    read = Reader().read(plans.PROCESS_DATA, twice).data
    assert (read.symbol, read.close) == ("A", 2.0)


@pytest.mark.parametrize("ts", [0, 1_700_000_000, 2**35])
@pytest.mark.parametrize("kind", [IndicatorType.RSI, IndicatorType.WADDAH_ATTAR])
@pytest.mark.parametrize("reason", ["", "below 30"])
def test_signals_by_template_are_the_same_bytes(ts: int, kind: IndicatorType, reason: str) -> None:
    for signal in range(8):
        whole = m.GetSignalResponse(m.Timestamp(ts), signal, kind.name.lower(), reason, '{"rsi":50}' * 20, "A", kind)
        written = SignalTemplate(kind, "A").answer(ts * NS_PER_SECOND, signal, reason, '{"rsi":50}' * 20)
        assert written == plans.SIGNAL.encode(whole)
