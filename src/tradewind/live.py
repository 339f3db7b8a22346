"""The documented names of the live side, in one place: re-exports, no logic."""

from tradewind.app.live_engine.breaker import CircuitBreaker, CircuitBreakerConfig
from tradewind.app.live_engine.config import LiveTradingEngineConfig, PrefetchConfig
from tradewind.app.live_engine.engine import LiveTradingEngine
from tradewind.app.live_engine.paper import (
    AsymmetricSlippage,
    CryptoCommission,
    FixedBasisPointsSlippage,
    FixedSlippage,
    NoCommission,
    NoSlippage,
    PaperBroker,
    PerDollarCommission,
    PerShareCommission,
    PerTradeCommission,
    VolumeShareSlippage,
)
from tradewind.app.live_engine.portal import DataPortal
from tradewind.app.live_engine.state import StateManager
from tradewind.domain.errors import (
    ConfigError,
    DataError,
    EngineSetupError,
    NoInterval,
    NoMarketData,
    NoStrategy,
    NoSymbols,
    NotInitialized,
    NoTrading,
    StateRestoreError,
    StrategyError,
    StrategyExecutionError,
    StrategyInitializationError,
    StrategyLoadError,
    TradewindError,
    VenueError,
)
from tradewind.runtime.callbacks import Callbacks, EngineStatus
from tradewind.runtime.callbacks import Callbacks as LiveTradingCallbacks

__all__ = [
    "AsymmetricSlippage",
    "Callbacks",
    "CircuitBreaker",
    "CircuitBreakerConfig",
    "ConfigError",
    "CryptoCommission",
    "DataError",
    "DataPortal",
    "EngineSetupError",
    "EngineStatus",
    "FixedBasisPointsSlippage",
    "FixedSlippage",
    "LiveTradingCallbacks",
    "LiveTradingEngine",
    "LiveTradingEngineConfig",
    "NoCommission",
    "NoInterval",
    "NoMarketData",
    "NoSlippage",
    "NoStrategy",
    "NoSymbols",
    "NoTrading",
    "NotInitialized",
    "PaperBroker",
    "PerDollarCommission",
    "PerShareCommission",
    "PerTradeCommission",
    "PrefetchConfig",
    "StateManager",
    "StateRestoreError",
    "StrategyError",
    "StrategyExecutionError",
    "StrategyInitializationError",
    "StrategyLoadError",
    "TradewindError",
    "VenueError",
    "VolumeShareSlippage",
]
