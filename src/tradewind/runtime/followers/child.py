"""A follower as its session sees it: how it is started, and how it is notified of new steps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMITTED, ENDED = b".", b"!"
"""Notices: the journal has more; the session has ended."""


def start(module: str, *arguments: str, first: str = "pass", handles: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start `main(*arguments)` of a module in a new Python with our import path; it inherits `handles`.

    It is our own program, not the script that runs here: that one may trade, and would a second time. `first` is a
    statement that runs before any other import. Raises `OSError` if it cannot be started.
    """
    program = (
        f"import json, os, sys; {first}; sys.path[:] = json.loads(sys.argv[1]); "
        f"from {module} import main; main(*sys.argv[2:])"
    )
    return subprocess.Popen(  # noqa: S603 - this interpreter, our own program
        [sys.executable, "-I", "-c", program, json.dumps(sys.path), *arguments],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, pass_fds=handles, start_new_session=True,
    )  # fmt: skip


def notify(process: subprocess.Popen[bytes], notice: bytes) -> None:
    """Send a notice; never waits where the pipe does not block. Whoever reads the process's messages sees it end."""
    assert process.stdin is not None
    try:
        os.write(process.stdin.fileno(), notice)
    except BlockingIOError:
        return  # thousands of notices wait for it already
    except OSError:
        return  # it has ended
