"""The best name for what ended a call: want of memory shows as anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.strategy.wasm.errors import GuestExited, GuestFault, GuestMemoryLimit, GuestTimeout, GuestTrap

if TYPE_CHECKING:
    from tradewind.strategy.wasm.settings import GuestSettings

NEARLY_ALL = 0.9
"""With so much of its memory used, whatever ends a guest is want of memory."""


def named(fault: GuestFault, memory_bytes: int, tail: bytes, settings: GuestSettings, patience: int) -> GuestFault:
    """Return a fault under its best name; `tail` is the end of what the guest wrote to standard error.

    The text of a timeout must not depend on how far the guest came.
    """
    if isinstance(fault, GuestTimeout):
        fault.message = f"not done in {settings.deadline_ms * patience} ms"
        return fault
    text = tail.decode("utf-8", "replace").strip()
    starved = memory_bytes >= NEARLY_ALL * settings.memory_limit or "out of memory" in text
    if starved and isinstance(fault, GuestTrap | GuestExited):
        fault = GuestMemoryLimit(f"wants more than its {settings.memory_limit_mb} MiB ({fault.message})")
    if text:
        fault.context["output"] = text
    return fault
