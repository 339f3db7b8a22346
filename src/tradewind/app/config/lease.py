"""The block `lease`: which engine may trade the account, when several are started."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, SecretStr

from tradewind.venues.registry.fields import Settings


class LeaseSettings(Settings):
    """One engine trades an account; a second one is refused, and says which the first is."""

    account: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,100}$")] | None = None
    """The account's name, the same in all engines that could trade it; null: made of provider, strategies, symbols."""
    seconds: Annotated[float, Field(ge=0.5, le=600)] = 15
    """Who could not renew the lease for four fifths of this sends nothing more; after all of it another may take it."""
    url: SecretStr | None = None
    """`postgresql://…`: where engines on several machines can trade the account. null: a file, for one machine."""
    folder: str | None = None
    """The folder of that file; null: `.state` in `data_output_path` or by the exchange, else `~/.tradewind/state`."""
