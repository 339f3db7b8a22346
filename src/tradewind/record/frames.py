"""Polars, imported when something of it is used: it takes 40 MB, and a session at an exchange reads no bars of files.

Whoever is imported by such a session writes `from tradewind.record.frames import pl`; others import it as usual.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl
else:

    class _Later:
        """Stands for a module until something of it is asked for."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the module has
            value = getattr(importlib.import_module(self._name), name)
            setattr(self, name, value)
            return value

    pl = _Later("polars")

__all__ = ["pl"]
