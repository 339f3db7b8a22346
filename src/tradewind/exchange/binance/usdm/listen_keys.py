"""Keys of user streams: one an account, good for an hour from when it was asked for last."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tradewind.domain.time import NS_PER_HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.time import TimeNs

LIFE_NS = NS_PER_HOUR


class ListenKeys:
    """Which keys there are, and until when."""

    def __init__(self) -> None:
        self._keys: dict[str, tuple[str, TimeNs]] = {}
        self._made = 0
        self._watchers: dict[str, list[Callable[[], None]]] = {}

    def watch(self, key: str, tell: Callable[[], None]) -> None:
        """Have somebody told when a key ends."""
        self._watchers.setdefault(key, []).append(tell)

    def forget(self, key: str, tell: Callable[[], None]) -> None:
        """Have somebody told no more."""
        if tell in self._watchers.get(key, ()):
            self._watchers[key].remove(tell)

    def expire(self, now: TimeNs) -> None:
        """Let the keys end whose time is over."""
        for account in [name for name, (_, until) in self._keys.items() if now >= until]:
            self.drop(account)

    def of(self, account: str, now: TimeNs) -> str:
        """Return the key of an account, and let it live on."""
        key, until = self._keys.get(account, ("", 0))
        if now >= until:
            self._made += 1
            key = hashlib.sha256(f"{account} {self._made} {now}".encode()).hexdigest()
        self._keys[account] = key, now + LIFE_NS
        return key

    def has(self, account: str, now: TimeNs) -> bool:
        """Tell whether an account has a key."""
        return now < self._keys.get(account, ("", 0))[1]

    def put(self, account: str, key: str, now: TimeNs) -> None:
        """Give an account the key that it had before the exchange was started anew."""
        self._keys[account] = key, now + LIFE_NS

    def drop(self, account: str) -> None:
        """Let a key end."""
        key, _ = self._keys.pop(account, ("", 0))
        for tell in self._watchers.pop(key, ()):
            tell()

    def account(self, key: str, now: TimeNs) -> str | None:
        """Return whose key it is, None for nobody's."""
        return next((name for name, (own, until) in self._keys.items() if own == key and now < until), None)
