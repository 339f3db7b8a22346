"""The halt flags that a configuration's account heeds: those of this machine, and with `lease.url` those of all."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tradewind.app.session.lease import folder_of, now_text
from tradewind.domain.errors import ControlError, TradewindError
from tradewind.record.lease.halts import Halts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.app.config import Config
    from tradewind.record.lease.halts import HaltFlag
    from tradewind.record.lease.postgres import PostgresLeases


def put_up(config: Config, account: str, reason: str, operator: str) -> tuple[HaltFlag, list[str]]:
    """Put an account's flag up, here and where the leases are; return it, and what has come of it."""
    flag = Halts(folder_of(config)).put_up(account, reason or "emergency stop", operator, now_text())
    told = [f"halted: {flag.name} keeps every engine from trading {account}"]
    if config.lease.url is not None:
        try:
            with _shared(config) as shared:
                shared.halt(flag)
        except TradewindError as error:
            told.append(f"on this machine alone, as the leases cannot be reached: {error.message}")
    return flag, told


def all_up(config: Config) -> list[HaltFlag]:
    """Return all flags that are up."""
    flags = {flag.name: flag for flag in Halts(folder_of(config)).all()}
    if config.lease.url is not None:
        with _shared(config) as shared:
            flags |= {flag.name: flag for flag in shared.halts()}
    return list(flags.values())


def lift(config: Config, name: str, reason: str, operator: str) -> HaltFlag:
    """Take a flag down, here and where the leases are; raise `ControlError` if there is none of this name."""
    at, shared_flag = now_text(), None
    if config.lease.url is not None:
        with _shared(config) as shared:
            shared_flag = shared.lift(name, reason, operator, at)
    try:
        return Halts(folder_of(config)).lift(name, reason, operator, at)
    except ControlError:
        if shared_flag is None:
            raise
        return shared_flag


@contextlib.contextmanager
def _shared(config: Config) -> Iterator[PostgresLeases]:
    from tradewind.record.lease.postgres import PostgresLeases

    assert config.lease.url is not None
    leases = PostgresLeases(config.lease.url.get_secret_value())
    try:
        yield leases
    finally:
        leases.close()
