"""What a module must export and may import, with types: `i` is an i32, `I` an i64.

Checked before any code of the guest runs. Sources: the `env` functions and exports of argo-trading 1.24 with
go-plugin 0.9; the WASI preview 1 functions by their witx description.
"""

from __future__ import annotations

API_VERSION = 1
ENGINE_VERSION = (1, 24, 0)

PREFIX = "trading_strategy_"
METHODS = (
    "initialize", "process_data", "name", "get_config_schema", "get_description", "get_identifier",
)  # fmt: skip
EXPORTS = {
    **{f"{PREFIX}{name}": "ii:I" for name in METHODS},
    f"{PREFIX}api_version": ":I",
    "malloc": "i:i",
    "free": "i:",
}
OPTIONAL_EXPORTS = {"_initialize": ":", f"{PREFIX}engine_version": ":I"}

HOST_FUNCTION = "ii:I"
HOST_FUNCTIONS = (
    "get_range", "read_last_data", "execute_sql", "count", "configure_indicator", "get_signal", "get_cache",
    "set_cache", "place_order", "place_multiple_orders", "get_positions", "get_position", "cancel_order",
    "cancel_all_orders", "get_order_status", "get_account_info", "get_open_orders", "get_trades", "mark",
    "get_markers", "log",
)  # fmt: skip

ENV = "env"
WASI = "wasi_snapshot_preview1"
WASI_FUNCTIONS = {
    "args_get": "ii:i",
    "args_sizes_get": "ii:i",
    "clock_res_get": "ii:i",
    "clock_time_get": "iIi:i",
    "environ_get": "ii:i",
    "environ_sizes_get": "ii:i",
    "fd_close": "i:i",
    "fd_fdstat_get": "ii:i",
    "fd_fdstat_set_flags": "ii:i",
    "fd_prestat_dir_name": "iii:i",
    "fd_prestat_get": "ii:i",
    "fd_read": "iiii:i",
    "fd_seek": "iIii:i",
    "fd_write": "iiii:i",
    "path_filestat_get": "iiiii:i",
    "path_open": "iiiiiIIii:i",
    "poll_oneoff": "iiii:i",
    "proc_exit": "i:",
    "random_get": "ii:i",
    "sched_yield": ":i",
}
