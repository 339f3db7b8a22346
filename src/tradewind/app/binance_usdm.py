"""An account of USD-M perpetuals: what is set for it at the start, and what margins and fees follow from that."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import structlog

from tradewind.app.binance_account import (
    BUDGETS,
    BinanceAccount,
    account_name,
    assets_of,
    budget_of,
    check_bnb,
    keys_of,
)
from tradewind.app.bootstrap import AccountThere
from tradewind.app.session.lease import folder_of
from tradewind.domain.account import AccountKind, Balance
from tradewind.domain.errors import ConfigError, VenueError
from tradewind.domain.ids import Asset
from tradewind.domain.instrument import FeeSchedule
from tradewind.domain.money import BPS, exact
from tradewind.venues._net.offset import ClockOffset
from tradewind.venues.binance.answers import amount
from tradewind.venues.binance.product import Product
from tradewind.venues.binance.rest import Rest
from tradewind.venues.binance.usdm_memory import Memory
from tradewind.venues.binance.usdm_wishes import UsdmWishes
from tradewind.venues.binance.wire_usdm_rest import (
    Brackets,
    CommissionRate,
    Done,
    LeverageSet,
    PositionMode,
    SymbolSetting,
    Wallet,
)

if TYPE_CHECKING:
    from tradewind.app.binance_account import WishesFor
    from tradewind.app.config import Config
    from tradewind.app.config.binance import BinanceTrading
    from tradewind.domain.instrument import Instrument
    from tradewind.domain.time import TimeNs
    from tradewind.venues.binance.errands import Keys
    from tradewind.venues.binance.weights import Budget

NOTHING_TO_CHANGE = -4046
"""The code of a margin type that is set already."""
NOT_NOW = frozenset({-4047, -4048, -4161, -2027, -2028})
"""The codes of what cannot be changed while there are orders or positions that stand against it."""
log = structlog.get_logger(__name__)


class _Asked:
    """The account's own requests at the start, one after the other."""

    def __init__(self, trading: BinanceTrading, keys: Keys, budget: Budget) -> None:
        self.rest = Rest(trading.doors.rest, Product.USDM, budget=budget, patient=True)
        self._keys = keys
        self._offset = ClockOffset()
        try:
            self.rest.compare_clocks(self._offset)
        except BaseException:
            self.rest.close()
            raise

    def get(self, name: str, kind: object, **params: str | int) -> object:
        return self.rest.get_signed(name, dict(params), kind, self._keys, self._offset)

    def set(self, name: str, kind: object, **params: str | int) -> object:
        return self.rest.set_signed(name, dict(params), kind, self._keys, self._offset)


def usdm_account(config: Config, trading: BinanceTrading, instruments: tuple[Instrument, ...]) -> BinanceAccount:
    """Look at an account of USD-M and set what is configured.

    Raises `VenueAuthError` if the key opens none, `ConfigError` if it is in another position mode than is named.
    """
    keys = keys_of(trading)
    budget = budget_of(folder_of(config) / BUDGETS, trading.doors.rest, Product.USDM, account_name(trading))
    asked = _Asked(trading, keys, budget)
    try:
        _check_mode(asked, trading)
        _set(asked, trading, instruments)
        wallets = asked.get("balance", list[Wallet])
        instruments = _with_terms(asked, instruments)
    finally:
        asked.rest.close()
    assert isinstance(wallets, list)
    assets = assets_of(config, instruments)
    rows = [Balance(Asset(row.asset), amount(row.balance)) for row in wallets if amount(row.balance)]
    check_bnb(trading, assets, {each.asset for each in rows})
    owned = tuple(each for each in rows if each.asset in assets)
    there = AccountThere(account_name(trading), AccountKind.MARGIN, owned)

    def wishes(since: TimeNs) -> WishesFor:
        memory = Memory(assets, since)
        return lambda listings, holdings: UsdmWishes(listings, holdings, memory)

    return BinanceAccount(trading, keys, assets, there, instruments, wishes, budget)


ONE_WAY = (
    "close its positions and cancel its orders, then switch it to one-way: in Binance's app under Preferences, "
    "Position Mode, or with POST /fapi/v1/positionSide/dual?dualSidePosition=false"
)


def _check_mode(asked: _Asked, trading: BinanceTrading) -> None:
    """Refuse hedge mode: a session's books have one position of a contract, and would be wrong with two."""
    if trading.config.position_mode == "hedge":
        raise ConfigError(
            "trading.config.position_mode: a session trades one position of a contract, long or short, and in hedge "
            "mode there are two, whose profits its books cannot tell: say one_way; of an account that is hedged, "
            f"{ONE_WAY}"
        )
    mode = asked.get("positionSide/dual", PositionMode)
    assert isinstance(mode, PositionMode)
    if mode.dual_side_position:
        raise ConfigError(
            "trading.config.position_mode: the account is in hedge mode, and a session trades one position of a "
            f"contract, long or short: {ONE_WAY}"
        )


def _set(asked: _Asked, trading: BinanceTrading, instruments: tuple[Instrument, ...]) -> None:
    """Set leverage and margin type of every symbol; what is set already is no trouble.

    What cannot be changed because of open orders or positions stays as it is, and that is told: a session that goes
    on has them, and its stops must be looked after. Margins are reckoned by what is set there.
    """
    settings = trading.config
    for each in instruments:
        symbol = each.id.partition(":")[2]
        if settings.margin_type is not None:
            wanted: dict[str, str | int] = {"marginType": settings.margin_type.upper()}
            _change(asked, "marginType", Done, symbol, wanted)
        if settings.leverage is not None:
            _change(asked, "leverage", LeverageSet, symbol, {"leverage": settings.leverage})


def _change(asked: _Asked, name: str, kind: object, symbol: str, wanted: dict[str, str | int]) -> None:
    try:
        asked.set(name, kind, symbol=symbol, **wanted)
    except VenueError as error:
        code = error.context.get("code")
        if code in NOT_NOW:
            log.warning(
                "left as it is at Binance: to have it set, close positions and orders first, and start anew",
                setting=name,
                symbol=symbol, wanted=wanted[name], refused=error.message,
            )  # fmt: skip
        elif code != NOTHING_TO_CHANGE:
            raise


def _with_terms(asked: _Asked, instruments: tuple[Instrument, ...]) -> tuple[Instrument, ...]:
    """Return the instruments with the margins that follow from the leverage, and the fees of this account."""
    settings = asked.get("symbolConfig", list[SymbolSetting])
    brackets = asked.get("leverageBracket", list[Brackets])
    assert isinstance(settings, list)
    assert isinstance(brackets, list)
    leverage = {row.symbol: row.leverage for row in settings}
    keeps = {row.symbol: exact(bytes(row.brackets[0].maint_margin_ratio).decode()) for row in brackets if row.brackets}
    found = []
    for each in instruments:
        symbol = each.id.partition(":")[2]
        rates = asked.get("commissionRate", CommissionRate, symbol=symbol)
        assert isinstance(rates, CommissionRate)
        fees = FeeSchedule(exact(rates.maker_commission_rate) / BPS, exact(rates.taker_commission_rate) / BPS)
        initial = Decimal(1) / leverage[symbol] if leverage.get(symbol) else each.margin_initial
        found.append(
            msgspec.structs.replace(
                each, fees=fees, margin_initial=initial, margin_maintenance=keeps.get(symbol, each.margin_maintenance)
            )
        )
    return tuple(found)
