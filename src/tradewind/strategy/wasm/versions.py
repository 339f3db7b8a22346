"""Whether a guest was built for an engine like this one."""

from __future__ import annotations

import re

from tradewind.strategy.wasm.contract import ENGINE_VERSION
from tradewind.strategy.wasm.errors import GuestVersionMismatch

_VERSION = re.compile(r"v?(\d{1,9})\.(\d{1,9})(?:\.|$|-|\+)")
DEVELOPMENT = "main"
OURS = ".".join(str(part) for part in ENGINE_VERSION)


def check_engine_version(guest: str, policy: str) -> str:
    """Return a warning, or the empty string; raise `GuestVersionMismatch`.

    Under `warn` another major version is refused and anything else odd is told. Under `strict`, argo's rule,
    major and minor must be the same; a development build passes for any, a guest that does not say for none.
    """
    found = _VERSION.match(guest)
    if guest == DEVELOPMENT:
        return ""
    if found is None:
        told = f"built for engine {guest!r}" if guest else "does not say which engine it was built for"
        if policy == "strict":
            raise GuestVersionMismatch(f"the guest {told}; version_policy is strict", guest=guest, host=OURS)
        return f"the guest {told}; this is {OURS}"
    major, minor = int(found[1]), int(found[2])
    if major != ENGINE_VERSION[0] or (policy == "strict" and minor != ENGINE_VERSION[1]):
        raise GuestVersionMismatch(f"the guest was built for engine {guest}, this is {OURS}", guest=guest, host=OURS)
    return "" if minor == ENGINE_VERSION[1] else f"the guest was built for engine {guest}, this is {OURS}"
