"""What commands print: JSON for programs, plain aligned text for people; errors go to stderr."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tradewind.domain.errors import TradewindError


def json_text(data: object) -> str:
    """Write plain data, structs, decimals (exactly) and enums as indented JSON."""
    import msgspec  # `tradewind --help` does without

    return msgspec.json.format(msgspec.json.encode(data, enc_hook=str), indent=2).decode()


def logs_to_stderr() -> None:
    """Send what the program says of itself while it runs to stderr: stdout is for the result."""
    import structlog  # `tradewind --help` does without

    from tradewind.app.cli.log_stream import unblocked

    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(cast("TextIO", unblocked(sys.stderr))))


def emit(data: object, text: str, *, as_json: bool) -> None:
    """Print a command's result: `data` as JSON, or `text`."""
    print(json_text(data) if as_json else text)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay rows out in columns that are as wide as they need to be."""
    lines = [[str(cell) for cell in row] for row in (headers, *rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def fitted(headers: Sequence[str], rows: Sequence[Sequence[object]], width: int | None) -> str:
    """Lay rows out as a table, or one below the other if a table is wider than the screen; `width` None is any."""
    text = table(headers, rows)
    if width is None or max(map(len, text.splitlines())) <= width:
        return text
    label = max(map(len, headers))
    return "\n\n".join(
        "\n".join(f"{header:<{label}}  {cell}".rstrip() for header, cell in zip(headers, row, strict=True))
        for row in rows
    )


def screen_width() -> int | None:
    """Return how many characters a line of the screen has; None where nobody looks at one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def csv_text(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write rows as CSV (RFC 4180), as exactly as JSON; what is not there is empty."""
    import csv  # `tradewind --help` does without
    import io

    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([headers, *rows])
    return buffer.getvalue().rstrip("\n")


def report_error(error: TradewindError, code: int, *, as_json: bool) -> None:
    """Tell an error once, cleanly: its message, and the `fix` of its context if there is one."""
    if not as_json:
        fix = error.context.get("fix")
        print(f"error: {error}" + (f"\nfix: {fix}" if fix else ""), file=sys.stderr)
        return
    fields: dict[str, object] = {"type": type(error).__name__, "message": error.message, "exit_code": code}
    mistakes = getattr(error, "mistakes", ())
    if mistakes:
        fields["message"] = error.message.partition("\n")[0]
        fields["mistakes"] = list(mistakes)
    print(json_text({"error": {**error.context, **fields}}), file=sys.stderr)


def report_usage(message: str, *, as_json: bool, usage: str = "", code: int = 2) -> None:
    """Tell what is wrong with the command line."""
    if as_json:
        print(json_text({"error": {"type": "UsageError", "message": message, "exit_code": code}}), file=sys.stderr)
        return
    print(f"error: {message}" + (f"\n{usage}" if usage else ""), file=sys.stderr)
