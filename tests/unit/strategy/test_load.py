"""Everything that leads to a strategy, and what is said when it does not."""

from __future__ import annotations

import hashlib
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tradewind.domain.errors import StrategyLoadError
from tradewind.strategy.base import Strategy
from tradewind.strategy.load import find, id_of, load, source_hash, source_of
from tradewind.strategy.load_found import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = """
from tradewind import Strategy

class Cross(Strategy):
    version = "3"
    fast: int = 20
"""
TWO = ONE + "\nclass Other(Cross):\n    slow: int = 50\n\nready = Cross(fast=4)\n"

SIGNALS = b"""
from tradewind.signals import add_strategy

add_strategy(strategy_name="rising", get_signal=lambda symbol, when: None)
"""


class Own(Strategy):
    fast: int = 1


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cross.py"
    path.write_text(ONE)
    return path


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that can be imported, with a strategy in a module of it."""
    (tmp_path / "loadable").mkdir()
    (tmp_path / "loadable" / "__init__.py").write_text("from loadable.crosses import Cross\n")
    (tmp_path / "loadable" / "crosses.py").write_text(TWO)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("loadable", "loadable.crosses"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "loadable"


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what installed packages offer."""

    def offer(**points: str) -> None:
        found = [metadata.EntryPoint(name.rstrip("_"), value, "tradewind.strategies") for name, value in points.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda *, group: found)

    return offer


def test_a_file(file: Path) -> None:
    found = find(f"{file}:Cross")
    assert (found.name, found.version, found.origin.style) == ("Cross", "3", "class")
    assert found.schema()["$defs"]["Cross"]["properties"] == {"fast": {"type": "integer", "default": 20}}
    made = found.make({"fast": "7"})
    assert (made.fast, id_of(made)) == (7, "Cross")  # type: ignore[attr-defined]
    assert source_of(made) == f"{file}:Cross"
    assert source_hash(made) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_file_with_one_strategy_needs_no_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    for spec in ("cross.py", Path("cross.py"), ":cross.py"):
        made = load(spec)
        assert (type(made).__name__, source_of(made)) == ("Cross", f"{file}:Cross")  # it is found from anywhere


def test_what_was_loaded_can_be_loaded_again(file: Path, package: str) -> None:
    file.write_text(TWO)
    for spec in (f"{file}:Other", f"{file}:ready", f"{package}.crosses:Other", f"{package}:Cross"):
        first = load(spec)
        again = load(source_of(first))
        assert (type(again).__name__, origin_of(again)) == (type(first).__name__, origin_of(first))
        assert origin_of(first).sha256 == hashlib.sha256(file.read_bytes()).hexdigest() or spec == f"{package}:Cross"


def test_a_change_within_the_second_is_seen(file: Path) -> None:
    assert load(f"{file}:Cross").fast == 20  # type: ignore[attr-defined]
    file.write_text(ONE.replace("20", "30"))
    assert load(f"{file}:Cross").fast == 30  # type: ignore[attr-defined]
    assert not (file.parent / "__pycache__").exists()


def test_a_class_and_an_object(file: Path) -> None:
    class Local(Own):
        pass

    made = load(Own, {"fast": 3})
    assert (made.fast, source_of(made)) == (3, f"{__file__}:Own")  # type: ignore[attr-defined]
    made = load(Local)
    assert (source_of(made), len(source_hash(made))) == ("", 64)  # nobody finds it again, but its file is known
    ready = Own(fast=5)
    assert load(ready) is ready
    with pytest.raises(StrategyLoadError, match="has its parameters already"):
        load(ready, {"fast": 3})


def test_bytes_are_run_as_a_file_is() -> None:
    made = load(ONE.encode(), {"fast": 2})
    assert (made.fast, source_of(made)) == (2, "")  # type: ignore[attr-defined]
    assert source_hash(made) == hashlib.sha256(ONE.encode()).hexdigest()


def test_an_installed_name(package: str, offered: Callable[..., None]) -> None:
    offered(cross=f"{package}.crosses:Cross", whole=f"{package}.crosses")
    made = load("cross", {"fast": 9})
    assert (type(made).__name__, source_of(made)) == ("Cross", "cross")
    assert source_hash(made) == hashlib.sha256(TWO.encode()).hexdigest()
    with pytest.raises(StrategyLoadError, match="name one with `:Class`; there is: Cross, Other"):
        load("whole")


def test_a_name_that_is_not_installed(package: str, offered: Callable[..., None]) -> None:
    offered(cross=f"{package}.crosses:Cross", trend=f"{package}.crosses:Other")
    with pytest.raises(StrategyLoadError, match=r"^cros: .*did you mean 'cross'.*installed: cross, trend"):
        load("cros")
    offered()
    with pytest.raises(StrategyLoadError, match="no strategy is installed"):
        load("crosses_of_nobody")


def test_a_name_that_two_packages_offer(package: str, offered: Callable[..., None]) -> None:
    offered(cross=f"{package}.crosses:Cross")
    points = metadata.entry_points(group="")
    points.append(metadata.EntryPoint("cross", f"{package}.crosses:Other", "tradewind.strategies"))
    with pytest.raises(StrategyLoadError, match=r"more than once: loadable.crosses:Cross .*, loadable.crosses:Other"):
        load("cross")


def test_no_such_thing(file: Path, package: str) -> None:
    for spec, words in (
        (f"{file}:Cros", "no strategy 'Cros' there; there is: Cross"),
        (f"{package}.crosses", "name one with `:Class`; there is: Cross, Other"),
        (f"{file.parent}/none.py", "no such file"),
        ("no.such.module:X", "No module named 'no'"),
        ("", "no strategy of this name"),
    ):
        with pytest.raises(StrategyLoadError, match=words):
            load(spec)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = 1\nraise ValueError('odd')\n", "cross.py:2: ValueError: odd"),
        ("x = (\n", "cross.py:1: '(' was never closed"),
        ("import sys\n\nsys.exit(3)\n", "cross.py:3: SystemExit: 3"),
        ("import json\njson.loads('{')\n", "cross.py:2: JSONDecodeError"),
        ("assert False\n", "cross.py:1: AssertionError"),
        ("\0", "null bytes"),
    ],
)
def test_what_a_file_raises_is_told_by_its_line(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    names = set(sys.modules)
    with pytest.raises(StrategyLoadError) as caught:
        load(str(file))
    assert told in caught.value.message
    assert not {name for name in set(sys.modules) - names if name.startswith("tradewind_strategy")}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            b"from zipline.api import order\n",
            "No module named 'zipline'; its functions are those of tradewind.api here",
        ),
        (b"x = 1\n", "no strategy there: no subclass of Strategy, no initialize or handle_data"),
    ],
)
def test_a_file_of_somebody_who_comes_from_elsewhere(text: bytes, told: str) -> None:
    """Also after another text, which was called the same, has defined a signal."""
    assert load(SIGNALS).name == "rising"
    with pytest.raises(StrategyLoadError, match=told):
        load(text)
