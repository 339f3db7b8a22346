"""What a strategy keeps beyond a restart: a dict that takes plain data alone and knows what has changed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tradewind.domain.plain import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Self

    from tradewind.domain.ids import StrategyId

Packed = dict[str, bytes | None]
"""Values by key, packed; None for a key that was deleted."""

_ATOMS = frozenset((int, float, str, bool, bytes, type(None), Decimal))


class KeptState(dict[str, Any]):
    """The `ctx.state` of a strategy. What is no plain data (`domain/plain.py`) is refused with `TypeError`, at once.

    A list or a dict in it may be changed in place: whether it was, is found out by comparing how it is written down.
    """

    __slots__ = ("_strategy", "changed", "containers", "defaults", "makers", "tracks")

    def __init__(self, strategy: StrategyId) -> None:
        super().__init__()
        self._strategy = strategy
        self.makers: dict[str, Callable[[str], Any]] = {}
        """What makes texts of a kind again, as they are read."""
        self.tracks = True
        """Whether somebody looks for changes again and again; if not, they would only pile up."""
        self.defaults: frozenset[str] = frozenset()
        """Keys that `on_start` has set."""
        self.changed: dict[str, bool] = {}
        """Keys that were set or deleted since the last look, and whether they were deleted in between."""
        self.containers: set[str] = set()
        """Keys of which the value may change without a word."""

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - plain data
        """Keep a value."""
        if type(key) is not str:
            raise TypeError(f"{self._strategy}: a key of ctx.state is a text, not {key!r}")
        if type(value) in _ATOMS:
            self.containers.discard(key)
        else:
            self.packed(key, value)
            self.containers.add(key)
        if self.tracks:
            self.changed.setdefault(key, False)
        super().__setitem__(key, value)

    def __delitem__(self, key: str) -> None:
        """Forget a value."""
        super().__delitem__(key)
        self.containers.discard(key)
        if self.tracks:
            self.changed[key] = True

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc] # noqa: ANN401 - as `update`
        """Take the values of another mapping."""
        self.update(other)
        return self

    def update(self, *others: Any, **values: Any) -> None:  # noqa: ANN401 - as of a dict
        """Take the values of another mapping."""
        for key, value in dict(*others, **values).items():
            self[key] = value

    def setdefault(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as of a dict
        """Keep a value if there is none, and return what is kept."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:  # noqa: ANN401 - as of a dict
        """Forget a value and return it."""
        if key not in self and default:
            return default[0]
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Forget the last value and return it."""
        key = next(reversed(self), None)
        if key is None:
            raise KeyError("ctx.state is empty")
        return key, self.pop(key)

    def clear(self) -> None:
        """Forget everything."""
        for key in list(self):
            del self[key]

    def packed(self, key: str, value: object) -> bytes:
        """Write a value down; raise `TypeError` naming strategy and key if it is no plain data."""
        try:
            return pack(value)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self._strategy}: ctx.state[{key!r}] cannot be kept: {error}") from error

    @property
    def may_have_changed(self) -> bool:
        """Whether it is worth looking."""
        return bool(self.changed or self.containers or not self.tracks)

    def changes(self, known: Packed) -> list[tuple[str, bytes | None]]:
        """Return what is otherwise than in `known`, deletions first.

        In this order, whoever does the same to `known` has the same values in the same order. `TypeError` if what is
        no plain data has come into a list or a dict; that key is left out from then on, until it is set again.
        """
        if not self.tracks:
            self.changed = dict.fromkeys(known, True) | dict.fromkeys(self, True)
        if not self.may_have_changed:
            return []
        found: list[tuple[str, bytes | None]] = []
        found += ((key, None) for key, deleted in self.changed.items() if deleted and known.get(key) is not None)
        touched = {*self.changed, *self.containers} & self.keys()
        for key in [key for key in self if key in touched] if len(touched) > 1 else touched:
            try:
                packed = self.packed(key, self[key])
            except TypeError:
                self.containers.discard(key)
                self.changed.pop(key, None)
                raise
            if self.changed.get(key) or known.get(key) != packed:
                found.append((key, packed))
        self.changed = {}
        return found

    def restore(self, kept: Iterable[tuple[str, bytes | None]], *, exactly: bool = False) -> None:
        """Lay what was kept over what is there: its keys come first, in their order; those deleted then are deleted.

        With `exactly` nothing else stays. A list or dict that is there stays the same object with other content:
        `on_start` may have held on to it.
        """
        before = dict(self)
        self.clear()
        for key, packed in kept:
            if packed is not None:
                self[key] = _into(before.get(key), unpack(packed, self.makers))
            before.pop(key, None)
        if exactly:
            before.clear()
        self.update(before)
        self.changed = dict.fromkeys(before, False)


def _into(there: object, kept: object) -> object:
    """Return what was kept, in the list or dict that is there if it is of the same kind."""
    if type(there) is list and type(kept) is list:
        there[:] = kept
        return there
    if type(there) is dict and type(kept) is dict:
        there.clear()
        there.update(kept)
        return there
    return kept
