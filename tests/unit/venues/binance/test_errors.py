"""Every error of Binance's has a kind and an outcome; a doubt about an order is never taken for a no."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.domain.errors import RateLimited, VenueAuthError, VenueRefused, VenueTimeout, VenueUnavailable
from tradewind.domain.time import NS_PER_MS, NS_PER_SECOND
from tradewind.venues._net.failure import Again, Kind, Outcome
from tradewind.venues.binance.errors import SPOT, USDM, failure, filter_name, http_failure
from tradewind.venues.binance.product import Product

if TYPE_CHECKING:
    from pathlib import Path

S, U = Product.SPOT, Product.USDM
NO, MAYBE = Outcome.NOT_PLACED, Outcome.UNKNOWN

CASES = [
    (S, -1003, "Too many requests queued.", 429, Kind.RATE_LIMITED, NO, Again.WAIT),
    (S, -1015, "Too many new orders.", 429, Kind.RATE_LIMITED, NO, Again.WAIT),
    (S, -1007, "Timeout waiting for response", 408, Kind.TIMEOUT, MAYBE, Again.ASK),
    (S, -1006, "An unexpected response", 0, Kind.TIMEOUT, MAYBE, Again.ASK),
    (S, -1008, "Server is currently overloaded", 503, Kind.OVERLOADED, NO, Again.LATER),
    (S, -1013, "Filter failure: LOT_SIZE", 400, Kind.FILTER, NO, Again.NEVER),
    (S, -1021, "Timestamp for this request is outside of the recvWindow.", 400, Kind.CLOCK, NO, Again.RESYNC),
    (S, -1022, "Signature for this request is not valid.", 400, Kind.AUTH, NO, Again.STOP),
    (S, -2015, "Invalid API-key, IP, or permissions for action.", 401, Kind.AUTH, NO, Again.STOP),
    (S, -2010, "Account has insufficient balance for requested action.", 400, Kind.INSUFFICIENT_FUNDS, NO, Again.NEVER),
    (S, -2010, "Duplicate order sent.", 400, Kind.DUPLICATE_ID, NO, Again.NEVER),
    (S, -2010, "Order would immediately match and take.", 400, Kind.WOULD_TAKE, NO, Again.NEVER),
    (S, -2010, "Market is closed.", 400, Kind.REJECTED, NO, Again.NEVER),
    (S, -2011, "Unknown order sent.", 400, Kind.UNKNOWN_ORDER, NO, Again.ASK),
    (S, -2013, "Order does not exist.", 400, Kind.UNKNOWN_ORDER, NO, Again.ASK),
    (S, -2021, "Order cancel-replace partially failed.", 409, Kind.REJECTED, MAYBE, Again.ASK),
    (U, -2021, "Order would immediately trigger.", 400, Kind.REJECTED, NO, Again.NEVER),
    (U, -2022, "ReduceOnly Order is rejected.", 400, Kind.REJECTED, NO, Again.NEVER),
    (U, -2019, "Margin is insufficient.", 400, Kind.INSUFFICIENT_FUNDS, NO, Again.NEVER),
    (U, -4116, "clientOrderId is duplicated", 400, Kind.DUPLICATE_ID, NO, Again.NEVER),
    (U, -4120, "Please use the Algo Order API", 400, Kind.UNSUPPORTED, NO, Again.NEVER),
    (U, -4164, "Order's notional must be no smaller than 5.0", 400, Kind.FILTER, NO, Again.NEVER),
    (U, -5022, "Post Only order will be rejected.", 400, Kind.WOULD_TAKE, NO, Again.NEVER),
    (S, 0, "", 502, Kind.TIMEOUT, MAYBE, Again.ASK),
    (S, 0, "", 503, Kind.TIMEOUT, MAYBE, Again.ASK),
    (U, 0, "Unknown error, please check your request or try again later.", 503, Kind.TIMEOUT, MAYBE, Again.ASK),
    (U, 0, "Service Unavailable.", 503, Kind.MAINTENANCE, NO, Again.LATER),
    (U, 0, "", 408, Kind.TIMEOUT, MAYBE, Again.ASK),
    (S, 0, "", 403, Kind.AUTH, NO, Again.STOP),
    (S, -9999, "something new", 400, Kind.REJECTED, NO, Again.NEVER),
    (S, -9999, "something new", 500, Kind.TIMEOUT, MAYBE, Again.ASK),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0].value}{case[1]}/{case[3]}")
def test_what_an_error_means(case: tuple[Product, int, str, int, Kind, Outcome, Again]) -> None:
    product, code, message, status, kind, outcome, again = case
    found = failure(product, code, message, status=status)
    assert (found.kind, found.outcome, found.again) == (kind, outcome, again)


@pytest.mark.parametrize("product", list(Product))
@given(code=st.integers(-99_999, 0), status=st.sampled_from([0, 500, 502, 503, 504, 408]))
def test_a_server_error_without_a_known_code_leaves_an_order_in_doubt(product: Product, code: int, status: int) -> None:
    if code in (SPOT if product is S else USDM) or not (status or code):
        return
    found = failure(product, code, "words", status=status)
    assert found.outcome is (MAYBE if status else NO)


def test_how_long_a_ban_lasts_is_in_its_text_and_in_its_header() -> None:
    now = 1_719_360_000_000 * NS_PER_MS
    text = "Way too much request weight used; IP banned until 1719360120000. Please use WebSocket Streams"
    banned = failure(S, -1003, text, status=418, now=now)
    assert (banned.kind, banned.retry_after_ns, banned.outcome) == (Kind.BANNED, 120 * NS_PER_SECOND, NO)
    both = http_failure(S, 418, -1003, text, retry_after="100", now=now)
    assert (both.kind, both.retry_after_ns) == (Kind.BANNED, 100 * NS_PER_SECOND), "how long, not until when by ours"
    told = http_failure(S, 429, -1003, "Too many requests", retry_after="17")
    assert (told.kind, told.retry_after_ns) == (Kind.RATE_LIMITED, 17 * NS_PER_SECOND)
    assert http_failure(S, 418, 0, "", retry_after="soon").kind is Kind.BANNED


def test_errors_become_exceptions_that_say_what_now() -> None:
    assert isinstance(failure(S, -1003, "").error(), RateLimited)
    assert isinstance(failure(S, -2015, "").error(), VenueAuthError)
    assert isinstance(failure(S, -1008, "").error(), VenueUnavailable)
    assert isinstance(failure(S, -2010, "Market is closed.").error(), VenueRefused)
    left = failure(S, -1007, "").error()
    assert isinstance(left, VenueTimeout)
    assert left.left


def test_what_came_is_kept_without_its_secrets() -> None:
    body = '{"apiKey":"abc","msg":"no","signature":"def"} at /api/v3/order?symbol=X&signature=123&timestamp=1'
    raw = http_failure(S, 500, 0, "", body=body).raw
    assert "abc" not in raw
    assert "def" not in raw
    assert "123" not in raw
    assert "symbol=X" in raw


def test_the_filter_that_refused_is_named() -> None:
    assert filter_name("Filter failure: PERCENT_PRICE_BY_SIDE") == "PERCENT_PRICE_BY_SIDE"
    assert filter_name("Market is closed.") == ""


@pytest.mark.data
def test_every_code_of_the_documents_is_in_the_table(data_dir: Path) -> None:
    fix_only = {-1033, *range(-1180, -1168), *range(-1191, -1182)}
    listed = json.loads((data_dir / "payloads/binance_spot/errors.json").read_text())
    codes = {entry["code"] for entry in listed}
    assert len(codes) > 90
    assert codes - fix_only <= set(SPOT)
