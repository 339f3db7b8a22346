"""An exchange with Binance's dialect, without a socket: requests are carried out, and time goes as the test says."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from tradewind.app.exchange_serving import Service, exchange_config, exchange_of
from tradewind.domain.money import money_context
from tradewind.domain.time import NS_PER_SECOND
from tradewind.exchange.binance.calls import Call
from tradewind.exchange.binance.keys import own_key
from tradewind.exchange.binance.params import Params

if TYPE_CHECKING:
    from pathlib import Path

    from tradewind.exchange.binance.floor import TradingFloor
    from tradewind.exchange.binance.server import Face

CONFIG = """\
engine: {symbols: [BTCUSDT, ETHUSDT], interval: 1m}
market_data: {provider_type: mock, config: {seed: 7}}
trading: {provider_type: paper, config: {balances: {USDT: 50000, BTC: 1}}}
"""
CONTRACTS = """\
engine: {symbols: [BTCUSDT], interval: 1m}
market_data: {provider_type: mock, config: {seed: 7}}
trading: {provider_type: paper, config: {balances: {USDT: 50000}}}
instruments:
  - {symbol: BTCUSDT, kind: perpetual, lot: 0.001, tick: 0.1, notional_min: 5, margin_initial: 0.05, margin_maintenance: 0.025}
"""  # noqa: E501 - YAML in one line


class Rig:
    """One exchange; `heard` is what the user stream of each product's account told."""

    def __init__(self, folder: Path, config: str = CONFIG, **service: Any) -> None:
        (folder / "paper.yaml").write_text(config)
        asked = Service(**{"binance": 0, "speed": 1.0, **service})
        with money_context():
            self.exchange = exchange_of(exchange_config(folder / "paper.yaml"), folder / "catalog", ["main"], asked)
        self.server: Any = self.exchange.dialects[0]
        self.heard: list[dict[str, Any]] = []
        self.key = own_key("main")
        self._ns = 0
        conductor = self.exchange.conductor
        conductor._monotonic_ns = lambda: self._ns
        conductor._origin = conductor._reached, 0
        for futures in (False, True):
            self.floor(futures=futures).dealers["main"].outcomes.listeners.append(self.heard.append)

    def face(self, *, futures: bool = False) -> Face:
        face: Face = self.server._futures if futures else self.server._spot
        return face

    def floor(self, *, futures: bool = False) -> TradingFloor:
        return self.face(futures=futures).floor

    @property
    def now(self) -> int:
        """The exchange's time, in nanoseconds."""
        return self.exchange.conductor.now()

    def wait(self, seconds: float) -> None:
        """Let time go on."""
        self._ns += int(seconds * NS_PER_SECOND)
        for futures in (False, True):
            self.floor(futures=futures).pulse()

    def ask(self, method: str, path: str, **sent: Any) -> Any:
        """Carry a request out; raises what it is refused with."""
        futures = path.startswith("/fapi")
        face = self.face(futures=futures)
        params = Params({name: str(value) for name, value in sent.items()})
        call = Call(face.floor, params, "here", self.key)

        async def carry() -> Any:
            result = face.paths[method, path].operation(call)
            return await result if inspect.isawaitable(result) else result

        with money_context():
            return asyncio.run(carry())

    def order(self, side: str, kind: str = "MARKET", **sent: Any) -> Any:
        """Place a spot order for BTCUSDT."""
        asked = {"symbol": "BTCUSDT", "side": side, "type": kind, "newOrderRespType": "FULL", **sent}
        return self.ask("POST", "/api/v3/order", **asked)

    def price(self, symbol: str = "BTCUSDT") -> float:
        """Return the last price."""
        return float(self.ask("GET", "/api/v3/ticker/price", symbol=symbol)["price"])

    def told(self, event: str) -> list[dict[str, Any]]:
        """Return what the stream told under a name."""
        return [each for each in self.heard if each["e"] == event]

    def kill(self) -> None:
        """Let the file of its requests go, as a process does that is killed: nothing else is written."""
        assert self.exchange._kept is not None
        self.exchange._kept._log.close()
