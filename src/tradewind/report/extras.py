"""Libraries that only reports need, imported when a report is made."""

from __future__ import annotations

import importlib
from typing import Any

from tradewind.domain.errors import LocalError


def load(module: str) -> Any:  # noqa: ANN401 - a module of a library without types
    """Import a module of the extra `report`, or say how to install it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        message = f"reports need {library}, which is not installed: pip install 'tradewind[report]'"
        raise LocalError(message, {"library": library}, error) from error
