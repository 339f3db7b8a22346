"""Style 12: messages are frozen, tagged and in a union; every event has its time and its rank."""

from __future__ import annotations

import typing

from tests.house.modules import descendants
from tests.house.source import report
from tradewind.domain.commands import Effect
from tradewind.domain.events import RANK, Event
from tradewind.domain.message import Message
from tradewind.domain.signal import Intent
from tradewind.domain.step import Notice

if typing.TYPE_CHECKING:
    import msgspec

UNIONS = {"Event": Event, "Effect": Effect, "Intent": Intent, "Notice": Notice}


def name(message: type) -> str:
    return f"{message.__module__}.{message.__qualname__}"


def members(union: object) -> tuple[type[msgspec.Struct], ...]:
    return typing.get_args(union)


def tag(message: type) -> object:
    return typing.cast("type[msgspec.Struct]", message).__struct_config__.tag


def in_unions() -> set[type]:
    return {member for union in UNIONS.values() for member in members(union)}


def test_messages_are_frozen_arrays_without_gc() -> None:
    found = []
    for message in descendants(Message):
        config = typing.cast("type[msgspec.Struct]", message).__struct_config__
        if not (config.frozen and config.array_like) or config.gc:
            found.append(name(message))
    assert not found, report("Write `class X(Message, frozen=True, gc=False, tag=…)`.", found)


def test_members_of_unions_are_tagged_and_tagged_messages_are_members() -> None:
    """Parts of messages have no tag of their own: msgspec then takes the name of the class."""
    tagged = {m for m in descendants(Message) if tag(m) != m.__name__}
    untagged = [f"{name(m)}: has no tag" for m in in_unions() - tagged]
    homeless = [f"{name(m)}: is in no union" for m in tagged - in_unions()]
    found = untagged + homeless
    assert not found, report(f"A tag and a place in one of {', '.join(UNIONS)} go together.", found)


def test_tags_are_unique() -> None:
    tags: dict[object, list[str]] = {}
    for member in in_unions():
        tags.setdefault(tag(member), []).append(name(member))
    found = [f"{tag}: {', '.join(names)}" for tag, names in tags.items() if len(names) > 1]
    assert not found, report("A tag names one message; journals are read by it.", found)


def test_every_event_has_a_rank_and_its_time() -> None:
    events = set(members(Event))
    found = [f"{name(event)}: no rank" for event in events - set(RANK)]
    found += [f"{name(ranked)}: ranked, but no event" for ranked in set(RANK) - events]
    found += [f"{name(event)}: no ts_recv" for event in events if "ts_recv" not in typing.get_type_hints(event)]
    assert not found, report("An event has `ts_recv` and stands in `RANK`, domain/events.py: order is total.", found)
