"""Models that a strategy chooses for itself: from the effect `ModelVenue` to the small classes of this venue."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tradewind.domain.errors import ConfigError
from tradewind.venues.sim import models

if TYPE_CHECKING:
    from collections.abc import Callable

    from tradewind.domain.commands import ModelVenue

Model = TypeVar("Model")

_FEES: dict[str, Callable[..., models.FeeModel]] = {
    "bps": lambda bps: models.BpsFees(bps, bps),
    "per_share": models.PerShareFees,
    "per_order": models.PerOrderFees,
    "per_contract": models.PerContractFees,
}
_SLIPPAGE: dict[str, Callable[..., models.SlippageModel]] = {
    "none": models.NoSlippage,
    "bps": models.FixedBpsSlippage,
    "spread": models.SpreadSlippage,
    "volume_share": models.VolumeShareSlippage,
}


def fees_of(choice: ModelVenue) -> models.FeeModel:
    """Return the fee model of a choice; `ConfigError` if there is none of its kind."""
    return _known(_FEES, choice)(*choice.figures)


def slippage_of(choice: ModelVenue) -> models.SlippageModel:
    """Return the slippage model of a choice; `ConfigError` if there is none of its kind."""
    return _known(_SLIPPAGE, choice)(*choice.figures)


def _known(kinds: dict[str, Callable[..., Model]], choice: ModelVenue) -> Callable[..., Model]:
    if choice.kind not in kinds:
        raise ConfigError(f"no model of {choice.part} {choice.kind!r}; there are: {', '.join(kinds)}")
    return kinds[choice.kind]
