"""From the block `positions` to the policies of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.config.binance import BinanceTrading
from tradewind.domain.errors import ConfigError
from tradewind.domain.exits import Moves

if TYPE_CHECKING:
    from tradewind.app.config import Config
    from tradewind.engine.settings import EngineSettings


def with_exits(settings: EngineSettings, config: Config, strategies: tuple[str, ...]) -> EngineSettings:
    """Return the settings of an engine with the policies of its strategies' positions, if there are any.

    `ConfigError` for policies of a strategy that the session has not.
    """
    unknown = sorted(set(config.positions.strategies) - set(strategies))
    if unknown:
        raise ConfigError(
            f"positions.strategies: no strategy of this session is called {' or '.join(unknown)}; "
            f"it has {', '.join(strategies)}"
        )
    plans = config.positions.plans(strategies)
    if not plans:
        return settings
    moves = Moves.REPLACE if isinstance(config.trading, BinanceTrading) else Moves.AMEND
    return replace(settings, exits=plans, moves=moves)
