"""What an algorithm calls an asset: the symbol, with the facts of its instrument attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.ids import symbol_of
from tradewind.domain.instrument import InstrumentKind

if TYPE_CHECKING:
    from typing import Self

    from tradewind.domain.instrument import Instrument
    from tradewind.strategy.context import Context


class Security(str):
    """An asset that can be traded: its symbol, or its full id if venues share the symbol. Plain text does as well."""

    __slots__ = ("instrument", "sid")
    plain_kind = "asset"
    """What it is kept as: a text, of which the next session makes its own asset."""
    instrument: Instrument
    sid: int

    def __new__(cls, name: str, sid: int, instrument: Instrument) -> Self:
        """Make the text carry its facts; `sid` is its place in the session, from 0."""
        self = super().__new__(cls, name)
        self.sid = sid
        self.instrument = instrument
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Be kept as text: the facts belong to the session."""
        return str, (str(self),)

    @property
    def symbol(self) -> str:
        """The venue's symbol."""
        return self.instrument.symbol

    @property
    def exchange(self) -> str:
        """The venue."""
        return self.instrument.venue


class Securities:
    """The assets of a session, by symbol, full id, place, or the symbol as people write it (`BTC/USDT`)."""

    def __init__(self, ctx: Context) -> None:
        self._all: list[Security] = []
        self._by_name: dict[str, Security] = {}
        self.by_instrument: dict[str, Security] = {}
        for place, name in enumerate(ctx.instruments):
            symbol = symbol_of(name)
            asset = Security(name if symbol in self._by_name else symbol, place, ctx.instrument(name))
            self._all.append(asset)
            self.by_instrument[name] = self._by_name[name] = asset
            self._by_name.setdefault(symbol, asset)

    def __iter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - an iterator of Security
        """Yield them in the order of the session's configuration."""
        return iter(self._all)

    def named(self, name: str) -> Security:
        """Return the asset of a name; `KeyError` names those that the session has."""
        if type(name) is Security:
            return name
        known = self._by_name.get(name) or self._by_name.get("".join(c for c in name.upper() if c.isalnum()))
        if known is None:
            raise KeyError(
                f"this session does not trade {name!r}; it has {', '.join(self._all)}; add it to engine.symbols"
            )
        return known

    def at(self, sid: int) -> Security:
        """Return the asset at a place of the session; `KeyError` if there is none."""
        if not 0 <= sid < len(self._all):
            raise KeyError(f"no asset {sid}: this session has {len(self._all)}, counted from 0")
        return self._all[sid]

    def contracts(self, root: str) -> list[Security]:
        """Return the contracts on an underlying, named by its asset (`BTC`) or by a symbol."""
        wanted = "".join(c for c in root.upper() if c.isalnum())
        return [
            asset
            for asset in self._all
            if asset.instrument.kind is InstrumentKind.PERPETUAL and wanted in (asset.instrument.base, asset.symbol)
        ]
