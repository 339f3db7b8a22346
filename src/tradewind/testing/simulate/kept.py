"""The file of a long run: what was done, what it came to, and of which code; whoever stops goes on from there.

A line of JSON for each start and for each chunk of seeds, written when it is done. A line that broke off is not there:
its seeds are run again.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import tradewind
from tradewind.domain.errors import ConfigError
from tradewind.testing.simulate.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tradewind.testing.simulate.seeds import Part


class Start(msgspec.Struct, tag="start"):
    """Somebody began, or went on."""

    code: str
    """The digest of the package's source."""


class Done(msgspec.Struct, tag="done"):
    """The worlds of `count` seeds from `first` on were run."""

    first: int
    count: int
    tally: Tally


_read = msgspec.json.Decoder(Start | Done).decode


class KeptRun:
    """A run with its file; raises `ConfigError` for a file of something else, or of other code."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.tally = Tally()
        """What all of it has come to so far."""
        self._done: set[int] = set()
        starts = []
        for line in self._lines():
            if isinstance(line, Start):
                starts.append(line)
            else:
                self._count(line)
        code = code_of(Path(tradewind.__file__).parent)
        if starts and starts[-1].code != code:
            raise ConfigError(
                f"{path} is a run of other code ({starts[-1].code}, this is {code}), "
                "and what that has found is not of this one"
            )
        self._write(Start(code))

    def left(self, parts: Iterator[Part]) -> Iterator[Part]:
        """Yield what is not done of some parts, as far as seeds follow each other."""
        for first, count in parts:
            begun = None
            for seed in range(first, first + count + 1):
                is_left = seed < first + count and seed not in self._done
                if is_left and begun is None:
                    begun = seed
                elif not is_left and begun is not None:
                    yield begun, seed - begun
                    begun = None

    def keep(self, part: Part, tally: Tally) -> None:
        """Write down what some seeds have come to."""
        done = Done(*part, tally)
        self._write(done)
        self._count(done)

    def _count(self, done: Done) -> None:
        self.tally.add(done.tally)
        self._done.update(range(done.first, done.first + done.count))

    def _write(self, line: Start | Done) -> None:
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    def _lines(self) -> Iterator[Start | Done]:
        """Read the file; what broke off at its end is cut away, so that the next line is a line of its own."""
        if not self._path.exists():
            return
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            self._path.write_bytes(whole)
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                yield _read(line)
            except msgspec.DecodeError as error:
                raise ConfigError(f"{self._path}, line {number}: no run of the simulator: {error}") from error


def code_of(package: Path) -> str:
    """Return the digest of all source files below a folder."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:16]
