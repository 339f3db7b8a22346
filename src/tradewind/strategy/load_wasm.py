"""A WASM guest, found: what it says of itself, its parameters checked against its own schema.

A schema is whatever the guest's language made of its configuration, so it is read by `jsonschema`, which knows all of
JSON Schema; it comes with the extra `wasm`, as wasmtime does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tradewind.domain.errors import StrategyLoadError
from tradewind.domain.nearest import nearest
from tradewind.strategy.base import Origin, Strategy
from tradewind.strategy.load_found import Found
from tradewind.strategy.parameters import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

EXTRA = "WASM guests need the extra `wasm`: pip install 'tradewind[wasm]'"


def of_guest(source: Path | bytes, settings: Mapping[str, Any] | None = None) -> Found:
    """Look at a guest, run with the settings of `GuestSettings`; raise `StrategyLoadError` for one that cannot be."""
    from tradewind.strategy.wasm.errors import GuestLoadError
    from tradewind.strategy.wasm.loading import inspect_guest, wasm_strategy
    from tradewind.strategy.wasm.settings import GuestSettings

    shown = str(source) if isinstance(source, Path) else "these bytes"
    try:
        limits = msgspec.convert(dict(settings or {}), GuestSettings)
        info = inspect_guest(source, limits)
    except msgspec.ValidationError as error:
        raise StrategyLoadError(f"{shown}: wasm: {error}") from error
    except ModuleNotFoundError as error:
        raise StrategyLoadError(f"{shown}: {EXTRA}") from error
    except GuestLoadError as error:
        error.context.setdefault("strategy", shown)
        raise
    spec = str(source.absolute()) if isinstance(source, Path) else ""
    schema = _schema_of(info.schema)

    def make(parameters: dict[str, Any]) -> Strategy:
        check(info.name or info.identifier, schema, parameters)
        return wasm_strategy(source, json.dumps(parameters) if parameters else "", limits)

    facts = {
        "identifier": info.identifier, "description": info.description, "engine": info.engine_version,
        "api": info.api_version, "size": info.size, "imports": list(info.imports), "exports": list(info.exports),
    }  # fmt: skip
    origin = Origin(spec, info.sha256, "wasm", msgspec.json.encode(limits).decode())
    return Found(info.name or info.identifier, "0", origin, lambda: schema, make, facts)


def check(name: str, schema: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Check parameters against a guest's schema; raise `StrategyParameterError` with every mistake."""
    if not schema or not parameters:
        return  # without parameters Initialize has its say: a guest may have defaults that its schema does not tell
    try:
        from jsonschema import exceptions, validators
    except ModuleNotFoundError as error:
        raise StrategyLoadError(f"{name}: {EXTRA}") from error
    kind = validators.validator_for(schema)
    try:
        kind.check_schema(schema)
        errors = sorted(kind(schema).iter_errors(parameters), key=lambda error: [str(step) for step in error.path])
    except (exceptions.SchemaError, exceptions._WrappedReferencingError):  # noqa: SLF001 - the only name it has
        return  # a schema that is none says nothing
    found = [mistake for error in errors for mistake in _mistakes(error)]
    if found:
        raise refused(name, found, _properties(schema))


def _mistakes(error: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:  # noqa: ANN401 - jsonschema's
    """Yield place and problem of one of jsonschema's errors; an unknown key stands at its own place."""
    place = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        there = error.schema.get("properties", {})
        for key in error.instance:
            if key not in there:
                yield (*place, key), f"unknown parameter{nearest(key, there)}"
    elif error.validator == "required":
        for key in error.validator_value:
            if key not in error.instance:
                yield (*place, key), "is missing"
    else:
        yield place, error.message


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    reference = str(schema.get("$ref", "")).rpartition("/")[2]
    node = schema.get("$defs", schema.get("definitions", {})).get(reference, schema)
    yield from node.get("properties", {})


def _schema_of(text: str) -> dict[str, Any]:
    """Return the schema that a guest gives; one that is no JSON object says nothing."""
    try:
        schema = json.loads(text) if text else {}
    except ValueError:
        return {}
    return schema if isinstance(schema, dict) else {}
