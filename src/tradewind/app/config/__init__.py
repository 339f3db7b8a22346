"""The configuration: its shape (one module a block), how it is read and checked, and how mistakes are reported.

`loading.py` is where to begin.
"""

from tradewind.app.config.loading import SIGNALS, build_config, load_account, load_config, merge, read_parameters
from tradewind.app.config.model import Config
from tradewind.app.config.rendering import config_hash, resolved, time_ns
from tradewind.app.config.schema import config_schema
from tradewind.app.config.variables import environment, filled_text

__all__ = [
    "SIGNALS",
    "Config",
    "build_config",
    "config_hash",
    "config_schema",
    "environment",
    "filled_text",
    "load_account",
    "load_config",
    "merge",
    "read_parameters",
    "resolved",
    "time_ns",
]
