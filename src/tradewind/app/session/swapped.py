"""Strategies that were put in the place of those of the configuration, when a session is gone on with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog
from msgspec.structs import replace

from tradewind.app.strategy_parameters import parameters_of
from tradewind.domain.errors import StateRestoreError, TradewindError
from tradewind.domain.money import money_context
from tradewind.record.sessions.mask import masked_json
from tradewind.runtime.replay import loaded_again
from tradewind.strategy.load import source_hash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tradewind.app.config import Config
    from tradewind.app.config.model import StrategySettings
    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import StrategyId
    from tradewind.domain.swapping import StrategySwapped
    from tradewind.strategy.base import Strategy

log = structlog.get_logger(__name__)


def configured_of(entry: StrategySettings) -> str:
    """Return what a configuration says of a strategy, to tell whether it was edited since."""
    return json.dumps([entry.path or entry.wasm_path, masked_json(parameters_of(entry))])


def go_on_with(
    config: Config, strategies: Mapping[StrategyId, Strategy], state: EngineState
) -> tuple[dict[StrategyId, Strategy], EngineState]:
    """Return the strategies that a session goes on with, and the state that they go on from.

    One that an operator has put in another's place stays there, until the configuration of that place is edited: then
    that is the newer word. Raises `StateRestoreError` if it cannot be loaded as it was.
    """
    entries = dict(zip(strategies, config.strategy, strict=False))
    loaded, kept = dict(strategies), []
    for swapped in state.swaps:
        entry = entries.get(swapped.strategy)
        if entry is not None and configured_of(entry) != swapped.configured:
            log.warning(
                "the configuration of a strategy was edited after it had been swapped, and is the newer word",
                strategy=swapped.strategy, swapped_in=swapped.source,
            )  # fmt: skip
            continue
        kept.append(swapped)
        loaded[swapped.strategy] = _loaded(swapped)
        log.info("goes on with a strategy that was swapped in", strategy=swapped.strategy, source=swapped.source)
    return loaded, replace(state, swaps=tuple(kept))


def _loaded(swapped: StrategySwapped) -> Strategy:
    fix = {"fix": f"put {swapped.source} back as it was, edit the strategy's configuration, or begin anew with --fresh"}
    try:
        with money_context():
            strategy = loaded_again(swapped)
    except TradewindError as error:
        why = f"{swapped.strategy} was swapped for {swapped.source}, which cannot be loaded again: {error}"
        raise StateRestoreError(why, fix, error) from error
    if swapped.sha256 and source_hash(strategy) != swapped.sha256:
        log.warning("the code of a strategy that was swapped in has changed since", source=swapped.source)
    return strategy
