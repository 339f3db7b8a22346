"""What breakers keep of an account beyond its sessions: who begins anew there has their latches, peak and baseline.

On paper a new session has a new account, and nothing is carried. At a venue outside the account stays the same,
whatever session trades it, with whatever strategies.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tradewind.app.config import resolved
from tradewind.app.config.trading import PaperTrading
from tradewind.app.session.resume import recovered
from tradewind.record.sessions.lineage import lineage_of, newest_of_account
from tradewind.record.sessions.mask import masked_json

if TYPE_CHECKING:
    from tradewind.app.config import Config
    from tradewind.domain.breakers import BreakersState


def carried(config: Config, mode: str) -> BreakersState | None:
    """Return what the breakers of the configured account kept last; None on paper, or if there was none.

    Raises `StateRestoreError` if that session cannot be read: what has latched there is not known to be over.
    """
    if not config.breakers.enabled or isinstance(config.trading, PaperTrading):
        return None
    ours = lineage_of(mode, json.loads(masked_json(resolved(config))), ())
    return carried_from(Path(config.engine.data_output_path), mode, ours.account)


def carried_from(root: Path, mode: str, account: str) -> BreakersState | None:
    """Return what the breakers of an account kept last, of the sessions below a root."""
    entry = newest_of_account(root, mode, account)
    kept = None if entry is None else recovered(entry, "bars").state.breakers
    if kept is None:
        return None
    # The next session counts its questions to the venue anew, and so any answer that comes to it is later.
    return replace(kept, breakers=tuple(replace(each, asked=0) for each in kept.breakers))
