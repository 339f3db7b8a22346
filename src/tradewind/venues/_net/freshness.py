"""Which subscriptions are silent: each has a deadline for its next data, from the moment it was asked for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.domain.time import TimeNs


class Freshness:
    """When each subscription was heard last."""

    def __init__(self, names: Iterable[str], silent_ns: TimeNs, now: TimeNs) -> None:
        self._silent_ns = silent_ns
        self._heard = dict.fromkeys(names, now)
        self._had: set[str] = set()

    def heard(self, name: str, now: TimeNs) -> None:
        """Take note of data; of a subscription that is not watched nothing is kept."""
        if name in self._heard:
            self._heard[name] = now
            self._had.add(name)

    def silent(self, now: TimeNs) -> str:
        """Say which subscription has been silent for too long, and whether it ever spoke; empty if none."""
        for name, last in self._heard.items():
            if now - last >= self._silent_ns:
                seconds = (now - last) / 1e9
                ever = "no more data" if name in self._had else "not one word"
                return f"{name}: {ever} for {seconds:.0f} s"
        return ""
