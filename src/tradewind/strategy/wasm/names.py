"""What a guest says of itself when it is asked."""

from __future__ import annotations

from typing import NamedTuple


class Names(NamedTuple):
    """What a guest says of itself."""

    identifier: str
    name: str
    description: str
    schema: str
