"""What `tradewind doctor` asks of the machine: Python, packages, disk, clock, limits."""

from __future__ import annotations

import enum
import re
import shutil
import sys
import tempfile
import time
from importlib import metadata
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PYTHON_MIN = (3, 11)
DISK_FREE_MIN_GB, DISK_FREE_ADVISED_GB = 0.5, 5.0
OPEN_FILES_ADVISED = 1024
CLOCK_SKEW_MAX_NS = 5_000_000
"""How far wall clock and monotonic clock may part within the look; a clock that is being stepped parts further."""
CLOCK_LOOK_S = 0.02
YEAR_2024_NS = 1_704_067_200 * 1_000_000_000

_REQUIREMENT = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*(?:>=\s*([0-9.]+))?[^;]*(?:;\s*extra\s*==\s*['\"](\w+)['\"])?"
)


class Level(enum.Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at, and how to mend it if it needs mending."""

    name: str
    level: Level
    found: str
    fix: str = ""


def check_machine(output_path: Path, catalog: Path) -> Iterator[Check]:
    """Yield all checks of the machine; sessions would be written below `output_path`, the past lies in `catalog`."""
    yield check_python()
    yield from check_packages()
    yield check_writable(output_path)
    yield check_disk(output_path)
    yield check_clock()
    yield check_open_files()
    yield check_catalog(catalog)


def check_python() -> Check:
    """Check the version, and that assertions run: a bug must be able to stop trading."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < PYTHON_MIN:
        return Check("python", Level.FAIL, version, f"use Python {'.'.join(map(str, PYTHON_MIN))} or newer")
    if sys.flags.optimize:
        return Check("python", Level.FAIL, f"{version} without assertions", "drop -O and PYTHONOPTIMIZE")
    return Check("python", Level.OK, version)


def check_packages() -> Iterator[Check]:
    """Check that what we depend on is there, and new enough; an extra that is not there is a warning."""
    for requirement in metadata.requires("tradewind") or ():
        match = _REQUIREMENT.match(requirement)
        name, least, extra = match.groups() if match else (requirement, None, None)
        if extra == "dev" or name == "tradewind":
            continue
        level = Level.WARN if extra else Level.FAIL
        wanted = f"tradewind[{extra}]" if extra else f"{name}>={least}" if least else name
        yield check_package(name, least or "0", level, f"pip install '{wanted}'")


def check_package(name: str, least: str, level: Level, fix: str) -> Check:
    """Check one package; `level` is how bad it is when it is missing or too old."""
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, level, "not installed", fix)
    if _numbers(version) < _numbers(least):
        return Check(name, level, f"{version}, older than {least}", fix)
    return Check(name, Level.OK, version)


def check_writable(folder: Path) -> Check:
    """Check that sessions can be written, by writing beside where they will lie."""
    there = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"tradewind")
    except OSError as error:
        return Check(
            "data folder", Level.FAIL, f"{folder}: {error.strerror}", f"give yourself the right to write in {there}"
        )
    return Check("data folder", Level.OK, str(folder) if there == folder else f"{folder} (will be made)")


def check_disk(folder: Path) -> Check:
    """Check that the disk of the sessions has room."""
    free_gb = shutil.disk_usage(_nearest(folder)).free / 1e9
    found = f"{free_gb:.1f} GB free"
    if free_gb < DISK_FREE_ADVISED_GB:
        level = Level.FAIL if free_gb < DISK_FREE_MIN_GB else Level.WARN
        return Check("disk", level, found, f"make room: {DISK_FREE_ADVISED_GB:g} GB are advised")
    return Check("disk", Level.OK, found)


def check_clock(
    wall: Callable[[], int] = time.time_ns,
    steady: Callable[[], int] = time.monotonic_ns,
    sleep: Callable[[float], None] = time.sleep,
) -> Check:
    """Check that the wall clock is set, and runs as the monotonic one does; no server is asked."""
    began_wall, began_steady = wall(), steady()
    if began_wall < YEAR_2024_NS:
        return Check("clock", Level.FAIL, "not set: it shows a time before 2024", "set the clock and keep it with NTP")
    sleep(CLOCK_LOOK_S)
    apart_ns = abs((wall() - began_wall) - (steady() - began_steady))
    found = f"wall and monotonic clock {apart_ns / 1e6:.3f} ms apart after {CLOCK_LOOK_S * 1000:g} ms"
    if apart_ns > CLOCK_SKEW_MAX_NS:
        return Check("clock", Level.WARN, found, "see that NTP slews the clock and does not step it")
    return Check("clock", Level.OK, found)


def check_open_files() -> Check:
    """Check how many files and sockets the process may have open."""
    try:
        import resource
    except ImportError:  # not a Unix
        return Check("open files", Level.OK, "no limit of this kind here")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if limit != resource.RLIM_INFINITY and limit < OPEN_FILES_ADVISED:
        return Check("open files", Level.WARN, str(limit), f"ulimit -n {OPEN_FILES_ADVISED}")
    return Check("open files", Level.OK, "unlimited" if limit == resource.RLIM_INFINITY else str(limit))


def check_catalog(folder: Path) -> Check:
    """Check that there is a catalog of market data to look back on."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return Check("catalog", Level.WARN, f"{folder}: nothing there", "`tradewind data --help` says how to fill it")
    return Check("catalog", Level.OK, str(folder))


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above that exists."""
    return next(there for there in (folder, *folder.absolute().parents) if there.is_dir())


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])
