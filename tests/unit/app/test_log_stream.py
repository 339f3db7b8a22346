"""A reader of the log that stands still stops nobody."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest
import structlog

from tradewind.app.cli import log_stream
from tradewind.app.cli.log_stream import UnblockedLines, unblocked

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def pipe() -> Iterator[tuple[int, io.TextIOWrapper]]:
    reading, writing = os.pipe()
    stream = os.fdopen(writing, "w")
    yield reading, stream
    os.close(reading)
    stream.close()


def read_all(descriptor: int) -> str:
    os.set_blocking(descriptor, False)
    pieces = []
    while True:
        try:
            pieces.append(os.read(descriptor, 1 << 20))
        except BlockingIOError:
            return b"".join(pieces).decode()


def test_a_full_pipe_does_not_stop_the_writer_and_nothing_is_lost(pipe: tuple[int, io.TextIOWrapper]) -> None:
    reading, stream = pipe
    log = structlog.PrintLogger(unblocked(stream))  # type: ignore[arg-type]
    lines = [f"line {number} {'é' * 200}" for number in range(500)]  # 200 kB: a pipe holds 64
    for line in lines:
        log.msg(line)
    text = read_all(reading)
    assert len(text) < sum(map(len, lines))
    while "line 499" not in text:
        unblocked(stream).flush()
        text += read_all(reading)
    assert text.splitlines() == lines


def test_what_nobody_reads_for_long_is_dropped_and_counted(
    pipe: tuple[int, io.TextIOWrapper], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_stream, "KEPT_MAX", 10)
    reading, stream = pipe
    lines = UnblockedLines(stream, stream.fileno())
    for number in range(100):
        lines.write(f"{number} {'x' * 4_000}\n")
    text = read_all(reading)
    lines.flush()
    text += read_all(reading)
    assert "pieces of the log were dropped here: nobody read them" in text
    assert text.splitlines()[-1] == f"99 {'x' * 4_000}"


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", buffering=1)
    unblocked(stream).write("nobody hears it\n")
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_stream_without_a_descriptor_is_written_as_it_is() -> None:
    stream = io.StringIO()
    assert unblocked(stream) is stream
