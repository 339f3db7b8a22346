"""Strategies that installed packages offer: the entry points of the group `tradewind.strategies`.

[project.entry-points."tradewind.strategies"]
sma-cross = "my_package.crosses:SmaCross"
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata

from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.nearest import nearest

GROUP = "tradewind.strategies"


@dataclass(frozen=True, order=True)
class Installed:
    """One entry point: its name, what it leads to, and who offers it."""

    name: str
    target: str
    """`package.module:Name`, or `package.module`."""
    package: str
    package_version: str


def installed() -> tuple[Installed, ...]:
    """Return all strategies that installed packages offer, by name."""
    found = {
        Installed(
            point.name, point.value, point.dist.name if point.dist else "", point.dist.version if point.dist else ""
        )
        for point in metadata.entry_points(group=GROUP)
    }
    return tuple(sorted(found))


def installed_as(name: str) -> Installed | None:
    """Return the strategy that is installed under a name, None if there is none; two of that name are refused."""
    found = [point for point in installed() if point.name == name]
    if len({point.target for point in found}) > 1:
        offers = ", ".join(f"{point.target} ({point.package} {point.package_version})" for point in found)
        raise StrategyLoadError(f"{name}: installed more than once: {offers}; give one of them as package.module:Name")
    return found[0] if found else None


def not_installed(name: str) -> StrategyLoadError:
    """Return the error of a name that leads nowhere, with the names that do."""
    names = sorted({point.name for point in installed()})
    have = f"; installed: {', '.join(names)}" if names else "; no strategy is installed"
    return StrategyLoadError(
        f"{name}: no strategy of this name{nearest(name, names)}{have}; give file.py:Name or package.module:Name"
    )
