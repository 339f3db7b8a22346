"""What an account's requests come to, as plain data: written down before anything is done, and enough to do it again.

Every request that changes something becomes one note. `Dealer.apply` carries a note out, for the first time or for
the second, after the exchange was killed. Fields are only ever appended, with a default.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from tradewind.domain.money import ZERO
from tradewind.domain.order import OrderSpec


class Note(msgspec.Struct, frozen=True, array_like=True, tag_field="_"):
    """One change that an account has asked for."""


class Details(msgspec.Struct, frozen=True, array_like=True):
    """What an order for a contract has besides; `algo` is the number of its condition, 0 for a plain order."""

    reduce_only: bool = False
    close_position: bool = False
    working_type: str = "CONTRACT_PRICE"
    price_protect: bool = False
    algo: int = 0
    callback_rate: Decimal | None = None
    good_till: int = 0
    side: str = "BOTH"
    """Which position it is for: BOTH, or LONG and SHORT where they are held apart."""


PLAIN_DETAILS = Details()


class Placed(Note, frozen=True, tag="placed"):
    """An order under its number and its client's name; `kind` and `tif` are in the words of Binance's."""

    number: int
    spec: OrderSpec
    client_id: str
    kind: str
    tif: str
    quote_quantity: Decimal = ZERO
    trailing_delta: int | None = None
    details: Details | None = None
    ends_at: Decimal = ZERO
    """When so much is executed the exchange takes the rest back by itself, as was asked for; 0 for never."""


class Listed(Note, frozen=True, tag="listed"):
    """Orders that belong together: the first `working` go to the venue at once, the others when those have filled."""

    number: int
    client_id: str
    contingency: str
    """OCO or OTO."""
    legs: tuple[Placed, ...]
    working: int


class Cancelling(Note, frozen=True, tag="cancelling"):
    """Orders are to be taken back; `name` is what the client calls the request."""

    numbers: tuple[int, ...]
    name: str


class Amending(Note, frozen=True, tag="amending"):
    """A resting order is to have another quantity, price or name; what is None stays."""

    number: int
    quantity: Decimal | None = None
    price: Decimal | None = None
    name: str | None = None


class Chosen(Note, frozen=True, tag="chosen"):
    """A setting of the account: a leverage by contract, the mode of its positions, the key of its stream."""

    what: str
    value: str
    of: str = ""


AnyNote = Placed | Listed | Cancelling | Amending | Chosen

encode = msgspec.msgpack.Encoder().encode
decode = msgspec.msgpack.Decoder(AnyNote).decode
