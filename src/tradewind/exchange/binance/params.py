"""The parameters of a request: read by name, checked as Binance checks them, and counted."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from tradewind.exchange.binance.refusals import bad_symbol, duplicated, illegal, missing, not_wanted, unread

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.exchange.binance.symbols import Symbol, Symbols

INTEGER = r"^[0-9]{1,20}$"
NUMBER = r"^([0-9]{1,20})(\.[0-9]{1,20})?$"
CLIENT_ID = r"^[a-zA-Z0-9-_]{1,36}$"
SYMBOL = r"^[A-Z0-9-_.]{1,20}$"
_is_integer, _is_number, _is_client_id, _is_symbol = (
    re.compile(pattern).match for pattern in (INTEGER, NUMBER, CLIENT_ID, SYMBOL)
)


class Params:
    """What was sent, and what of it was read."""

    def __init__(self, sent: Mapping[str, str]) -> None:
        self._sent = sent
        self._read: set[str] = set()

    def get(self, name: str) -> str | None:
        """Return a text, None if it was not sent, or sent empty."""
        self._read.add(name)
        return self._sent.get(name) or None

    def has(self, name: str) -> bool:
        """Tell whether something was sent under a name; that is no reading."""
        return bool(self._sent.get(name))

    def need(self, name: str) -> str:
        """Return a text that must have been sent."""
        value = self.get(name)
        if value is None:
            raise missing(name)
        return value

    def integer(self, name: str) -> int | None:
        """Return a whole number."""
        value = self.get(name)
        if value is None:
            return None
        if not _is_integer(value):
            raise illegal(name, INTEGER)
        return int(value)

    def number(self, name: str) -> Decimal | None:
        """Return a decimal; what is not written as one is refused."""
        value = self.get(name)
        if value is None:
            return None
        if not _is_number(value):
            raise illegal(name, NUMBER)
        return Decimal(value)

    def flag(self, name: str) -> bool:
        """Return a truth, false if it was not sent."""
        return (self.get(name) or "").lower() == "true"

    def client_id(self, name: str) -> str | None:
        """Return a client's name of an order."""
        value = self.get(name)
        if value is not None and not _is_client_id(value):
            raise illegal(name, CLIENT_ID)
        return value

    def symbol(self, symbols: Symbols) -> Symbol:
        """Return the symbol that must have been sent."""
        return self._known(self.need("symbol"), symbols)

    def symbol_if_any(self, symbols: Symbols) -> Symbol | None:
        """Return the symbol, None if none was sent."""
        value = self.get("symbol")
        return None if value is None else self._known(value, symbols)

    def symbols(self, symbols: Symbols) -> list[Symbol] | None:
        """Return those of `symbols`, a list in JSON; None if there are none."""
        value = self.get("symbols")
        if value is None:
            return None
        names = re.findall(r'"([^"]*)"', value)
        return [self._known(name, symbols) for name in names]

    def limit(self, default: int, most: int) -> int:
        """Return `limit`, within its bounds."""
        value = self.integer("limit")
        return default if value is None else min(max(value, 1), most)

    def refuse(self, *names: str) -> None:
        """Refuse what has no place in this request."""
        for name in names:
            if self.has(name):
                raise not_wanted(name)

    def all_read(self) -> None:
        """Refuse a request of which something was not read."""
        sent = set(self._sent)
        if not sent <= self._read:
            raise unread(len(sent & self._read), len(sent))

    @staticmethod
    def _known(name: str, symbols: Symbols) -> Symbol:
        if not _is_symbol(name):
            raise illegal("symbol", SYMBOL)
        found = symbols.get(name)
        if found is None:
            raise bad_symbol()
        return found


def query_params(query: str, body: str) -> dict[str, str]:
    """Return what stands in the query string and in the body; a name that comes twice is refused."""
    pairs = parse_qsl(query, keep_blank_values=True) + parse_qsl(body, keep_blank_values=True)
    sent = dict(pairs)
    if len(sent) != len(pairs):
        raise duplicated()
    return sent


def signed_part(query: str, body: str) -> tuple[str, str]:
    """Return the text that a signature is over, and the signature as it was sent (still encoded)."""
    signature = ""
    parts = []
    for text in (query, body):
        kept = []
        for pair in text.split("&") if text else ():
            if pair.startswith("signature="):
                signature = pair.removeprefix("signature=")
            else:
                kept.append(pair)
        parts.append("&".join(kept))
    return "".join(parts), signature
