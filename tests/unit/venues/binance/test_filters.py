"""A symbol's filters, read and kept: what Binance would refuse is refused before, under the same name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.venues.binance.filters import Draft, Known, check
from tradewind.venues.binance.rules import missing_in, rules_of, unknown_in

D = Decimal
SPOT: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0", "maxQty": "100", "stepSize": "0"},
    {
        "filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "5", "bidMultiplierDown": "0.2",
        "askMultiplierUp": "4", "askMultiplierDown": "0.5", "avgPriceMins": 5,
    },
    {
        "filterType": "NOTIONAL", "minNotional": "5", "applyMinToMarket": True, "maxNotional": "9000000",
        "applyMaxToMarket": False, "avgPriceMins": 5,
    },
    {"filterType": "ICEBERG_PARTS", "limit": 10},
    {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    {"filterType": "MAX_POSITION", "maxPosition": "10"},
    {
        "filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 10, "maxTrailingAboveDelta": 2000,
        "minTrailingBelowDelta": 20, "maxTrailingBelowDelta": 1000,
    },
]  # fmt: skip
USDM: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "556.80", "maxPrice": "4529764", "tickSize": "0.10"},
    {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
    {"filterType": "MAX_NUM_ORDERS", "limit": 200},
    {"filterType": "MIN_NOTIONAL", "notional": "100"},
    {"filterType": "PERCENT_PRICE", "multiplierUp": "1.05", "multiplierDown": "0.95", "multiplierDecimal": "4"},
]
RULES, CONTRACT = rules_of(SPOT), rules_of(USDM)
FAIR = Known(reference=D(60_000))


def limit(quantity: str, price: str, *, buy: bool = True, **more: Any) -> Draft:
    return Draft(is_buy=buy, is_market=False, quantity=D(quantity), price=D(price), **more)


def market(quantity: str, *, buy: bool = True, **more: Any) -> Draft:
    return Draft(is_buy=buy, is_market=True, quantity=D(quantity), **more)


GOOD = limit("0.01", "60000.01")


def test_a_good_order_breaks_nothing() -> None:
    assert check(RULES, GOOD, FAIR) is None
    assert check(RULES, market("0.01"), FAIR) is None
    assert check(CONTRACT, limit("0.002", "60000.1"), FAIR) is None


@pytest.mark.parametrize(
    ("order", "known", "name"),
    [
        (limit("0.01", "60000.005"), FAIR, "PRICE_FILTER"),
        (limit("0.01", "0.001"), Known(), "PRICE_FILTER"),
        (limit("0.01", "1000000.01"), Known(), "PRICE_FILTER"),
        (market("0.01", trigger=D("1.234"), is_conditional=True), FAIR, "PRICE_FILTER"),
        (limit("0.000011", "60000"), FAIR, "LOT_SIZE"),
        (limit("0.000001", "60000"), FAIR, "LOT_SIZE"),
        (limit("9000.00001", "60000"), FAIR, "LOT_SIZE"),
        (market("100.00001"), FAIR, "MARKET_LOT_SIZE"),
        (limit("0.01", "300000.01"), FAIR, "PERCENT_PRICE_BY_SIDE"),
        (limit("0.01", "11999.99"), FAIR, "PERCENT_PRICE_BY_SIDE"),
        (limit("0.01", "240000.01", buy=False), FAIR, "PERCENT_PRICE_BY_SIDE"),
        (limit("0.01", "29999.99", buy=False), FAIR, "PERCENT_PRICE_BY_SIDE"),
        (limit("0.00008", "60000"), FAIR, "NOTIONAL"),
        (market("0.00008"), FAIR, "NOTIONAL"),
        (limit("151", "60000"), FAIR, "NOTIONAL"),
        (GOOD, Known(D(60_000), position=D("9.995")), "MAX_POSITION"),
        (market("0.01", trailing_bips=9, is_conditional=True), FAIR, "TRAILING_DELTA"),
        (market("0.01", buy=False, trailing_bips=1001, is_conditional=True), FAIR, "TRAILING_DELTA"),
        (GOOD, Known(D(60_000), open_orders=200), "MAX_NUM_ORDERS"),
        (market("0.01", trigger=D(1), is_conditional=True), Known(open_conditional=5), "MAX_NUM_ALGO_ORDERS"),
    ],
)
def test_the_rule_that_is_broken_is_named(order: Draft, known: Known, name: str) -> None:
    broken = check(RULES, order, known)
    assert broken is not None
    assert broken.name == name
    assert broken.told().startswith(f"Filter failure: {name}: ")


def test_a_bound_counts_as_inside() -> None:
    for order in (limit("0.01", "300000"), limit("0.01", "12000"), limit("0.01", "30000", buy=False)):
        assert check(RULES, order, FAIR) is None
    assert check(RULES, GOOD, Known(D(60_000), position=D("9.99"))) is None
    assert check(RULES, GOOD, Known(D(60_000), open_orders=199)) is None
    assert check(RULES, market("0.01", trailing_bips=2000), FAIR) is None


def test_what_is_not_known_is_left_to_the_venue() -> None:
    assert check(RULES, market("0.00008"), Known()) is None
    assert check(RULES, limit("0.01", "999999"), Known()) is None
    assert check(RULES, GOOD, Known(position=None)) is None


def test_a_market_order_may_be_worth_more_than_a_limit_order_where_the_symbol_says_so() -> None:
    assert check(RULES, market("99"), Known(D(100_000))) is None


def test_steps_are_counted_from_the_smallest_price() -> None:
    odd = rules_of([{"filterType": "PRICE_FILTER", "minPrice": "0.05", "maxPrice": "0", "tickSize": "0.10"}])
    assert check(odd, limit("1", "0.25"), Known()) is None
    assert check(odd, limit("1", "0.30"), Known()) is not None


def test_contracts_have_keys_of_their_own() -> None:
    assert check(CONTRACT, limit("0.001", "60000"), FAIR) is not None
    broken = check(CONTRACT, limit("0.001", "60000"), FAIR)
    assert broken is not None
    assert broken.name == "MIN_NOTIONAL"
    assert check(CONTRACT, limit("0.001", "60000", reduce_only=True), FAIR) is None
    far = check(CONTRACT, limit("0.002", "63000.1"), FAIR)
    assert far is not None
    assert far.name == "PERCENT_PRICE"
    assert CONTRACT.counts == {"MAX_NUM_ORDERS": 200}


@pytest.mark.parametrize("bad", [{"minPrice": 0.01}, {"tickSize": "x"}, {"tickSize": "NaN"}, {"maxPrice": None}])
def test_a_filter_that_is_not_as_documented_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        rules_of([SPOT[0] | bad])


def test_lesson_60_the_list_is_closed_what_is_not_in_it_and_what_is_missing_is_named() -> None:
    assert unknown_in(SPOT) == unknown_in(USDM) == missing_in(SPOT) == missing_in(USDM) == []
    assert unknown_in([*SPOT, {"filterType": "NEW_ONE", "x": 1}, {"filterType": "MAX_NUM_THINGS"}]) == [
        "MAX_NUM_THINGS", "NEW_ONE",
    ]  # fmt: skip
    assert missing_in(SPOT[2:4]) == ["PRICE_FILTER", "LOT_SIZE", "MIN_NOTIONAL or NOTIONAL"]
    assert rules_of([*SPOT, {"filterType": "NEW_ONE", "x": 1}]) == RULES


@pytest.mark.parametrize("entry", [e for e in (*SPOT, *USDM) if e["filterType"] != "ICEBERG_PARTS"])
def test_lesson_60_a_key_that_was_renamed_is_an_error(entry: dict[str, Any]) -> None:
    """As that of the least value was: `minNotional` on spot, `notional` on USD-M."""
    read = [key for key in entry if key not in ("filterType", "avgPriceMins", "multiplierDecimal", "maxNumOrders",
                                                "maxNumAlgoOrders", "limit")]  # fmt: skip
    for key in read:
        renamed = {f"{name}New" if name == key else name: value for name, value in entry.items()}
        with pytest.raises(KeyError):
            rules_of([renamed])


@given(
    st.integers(1, 10**9).map(lambda n: D(n) * D("0.01")),
    st.integers(1, 9 * 10**8).map(lambda n: D(n) * D("0.00001")),
)
def test_what_lies_on_the_steps_breaks_no_step(price: D, quantity: D) -> None:
    broken = check(RULES, limit(str(quantity), str(price)), Known())
    assert broken is None or broken.name in ("PRICE_FILTER", "NOTIONAL")
    assert broken is None or "step" not in broken.why


@given(st.decimals(D("0.01"), D(1000), places=5), st.decimals(D("0.0001"), D(10), places=7))
def test_what_lies_beside_the_steps_breaks_one(price: D, quantity: D) -> None:
    on_steps = not price % D("0.01") and not quantity % D("0.00001")
    broken = check(RULES, limit(str(quantity), str(price)), Known())
    if not on_steps:
        assert broken is not None
