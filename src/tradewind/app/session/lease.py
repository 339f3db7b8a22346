"""The lease of a session: on which account, kept where, and taken before anything else is done."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.app.config.binance import BinanceTrading
from tradewind.app.config.trading import ExchangeData, ExchangeTrading, PaperTrading
from tradewind.domain.lease import Holder
from tradewind.record.lease.halts import Halts
from tradewind.record.lease.sqlite import SqliteLeases
from tradewind.runtime.lease import Lease, LeaseKeeper

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tradewind.app.config import Config
    from tradewind.domain.checkpoint import EngineState
    from tradewind.domain.ids import StrategyId
    from tradewind.ports import LeaseStore

STATE = ".state"
MAIN_ACCOUNT = "main"
"""The account that an exchange has unless others are asked for."""
MARK_LETTERS = 5
"""With a prefix of 8, the seconds, the token and a count no id is longer than the 36 letters that venues take."""
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def account_of(config: Config) -> str:
    """Return the name of the account that a configuration trades."""
    if config.lease.account is None and isinstance(config.trading, ExchangeTrading):
        where = config.market_data.config.address if isinstance(config.market_data, ExchangeData) else "nowhere"
        return f"exchange {where} {config.trading.config.account}"
    if config.lease.account is None and isinstance(config.trading, BinanceTrading):
        from tradewind.app.binance_account import account_name

        return account_name(config.trading)
    return config.lease.account or config.trading.provider_type


def lease_of(config: Config, strategies: Iterable[StrategyId]) -> Lease:
    """Return the lease of the configured account, not taken yet.

    On paper the account is made up by the session itself. Unless it has a name, others in the same folder that trade
    other strategies or symbols have accounts of their own.
    """
    account = account_of(config)
    if isinstance(config.trading, PaperTrading) and config.lease.account is None:
        account = f"{account} {','.join(sorted(strategies))} {','.join(config.engine.symbols)}"
    holder = Holder(socket.gethostname(), os.getpid(), now_text())
    return Lease(_store(config), account, holder, config.lease.seconds, halts=Halts(folder_of(config)))


def now_text() -> str:
    """Return the time of this machine as ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def id_prefix_of(config: Config, token: int, restored: EngineState | None, seconds: int | None = None) -> str:
    """Return the first letters of a session's order ids, so that no session of any account uses one again.

    Who goes on from another counts on. Who begins anew at a venue outside has the account in them, and the lease's
    token, which no session of the account has had; at a real venue, where a lost store of leases would begin to count
    anew, the time of the start as well (`seconds` since 1970, now if not given). The first session of the account that
    an exchange has by itself is called as on paper: a simulated venue that begins with the session has known nobody.
    """
    prefix = config.engine.session_prefix
    if restored is not None:
        return restored.id_prefix if restored.id_prefix.split("_")[0] == prefix else prefix
    match config.trading:
        case PaperTrading():
            return prefix
        case ExchangeTrading(config=there) if token <= 1 and there.account == MAIN_ACCOUNT:
            return prefix
        case ExchangeTrading():
            return f"{prefix}_{_mark(account_of(config))}_{token}"
        case _:
            begun = int(time.time()) if seconds is None else seconds
            return f"{prefix}_{_mark(account_of(config))}_{_in_letters(begun)}_{token}"


def _mark(account: str) -> str:
    """Return five letters and digits for the name of an account, as venues take them in an order's id."""
    return base64.b32encode(hashlib.sha256(account.encode()).digest()).decode().lower()[:MARK_LETTERS]


def _in_letters(number: int) -> str:
    """Return a number to the base of 36: six letters for the seconds until 2038."""
    return (_in_letters(number // 36) if number >= 36 else "") + DIGITS[number % 36]


def take(lease: Lease) -> LeaseKeeper:
    """Take a lease for a start, and keep it.

    Who is known to live is not waited for, and `LeaseHeld` says who it is; who may have died is, for as long as the
    lease can last.
    """
    try:
        lease.take_within(lease.seconds + 1, time.sleep)
    except BaseException:
        lease.close()
        raise
    return LeaseKeeper(lease).start()


def _store(config: Config) -> LeaseStore:
    if config.lease.url is not None:
        from tradewind.record.lease.postgres import PostgresLeases

        return PostgresLeases(config.lease.url.get_secret_value())
    return SqliteLeases(folder_of(config))


def folder_of(config: Config) -> Path:
    """Return the folder of a configuration's leases and halt flags; with `lease.url`, that of this machine's flags."""
    if config.lease.folder is not None:
        return Path(config.lease.folder).expanduser()
    if isinstance(config.trading, PaperTrading):
        return Path(config.engine.data_output_path) / STATE
    if isinstance(config.market_data, ExchangeData) and config.market_data.config.socket:
        return Path(f"{config.market_data.config.socket}{STATE}")
    return Path.home() / ".tradewind" / "state"
