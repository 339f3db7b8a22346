"""The OpenAPI description of the control API, made from the table of commands."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import msgspec

from tradewind.app.control.commands import COMMANDS, Done

READS = {
    "/status": "How the session stands.",
    "/positions": "What each strategy holds.",
    "/orders": "The orders that are not over.",
    "/breakers": "Where each breaker stands.",
    "/health": "The level, its reasons, and the facts behind them.",
    "/metrics.json": "Counts, money and latencies.",
    "/openapi.json": "This description.",
}
PROBES = {"/livez": "Whether the loop turns.", "/readyz": "Whether it may trade.", "/ready": "Whether it may trade."}
REFUSALS = {
    400: "the call broke off", 401: "no token", 403: "another origin", 405: "another method", 413: "too long",
    414: "an address that is too long", 415: "not JSON", 421: "another host",
}  # fmt: skip
COMMAND_ANSWERS = {200: "done", 207: "done in part", 409: "refused"}
COMMAND_ERRORS = {422: "the body is not what the command takes", 504: "the engine has not answered in time"}


def openapi() -> dict[str, Any]:
    """Return the description."""
    types = [*dict.fromkeys(COMMANDS.values()), Done]
    _, schemas = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    schemas["Error"] = {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["type", "message"],
                "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
            }
        },
    }
    paths: dict[str, Any] = {path: {"get": _read(told)} for path, told in READS.items()}
    text = {"200": {"description": "Prometheus' text format.", "content": {"text/plain": {}}}, **_errors(REFUSALS)}
    paths["/metrics"] = {"get": {"summary": "The same for Prometheus.", "responses": text}}
    paths |= {path: {"get": _probe(told, is_open=path != "/ready")} for path, told in PROBES.items()}
    paths |= {f"/commands/{name}": {"post": _command(name, kind)} for name, kind in COMMANDS.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Tradewind control", "version": metadata.version("tradewind")},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def _read(told: str) -> dict[str, Any]:
    return {"summary": told, "responses": {"200": _json(told, {}), **_errors(REFUSALS)}}


def _probe(told: str, *, is_open: bool) -> dict[str, Any]:
    schema = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}
    answers = {"200": _json("yes", schema), "503": _json("no", schema), **_errors(REFUSALS)}
    return {"summary": told, "responses": answers, **({"security": []} if is_open else {})}


def _command(name: str, kind: type) -> dict[str, Any]:
    body = {"$ref": f"#/components/schemas/{kind.__name__}"}
    either = {"anyOf": [{"$ref": "#/components/schemas/Done"}, {"$ref": "#/components/schemas/Error"}]}
    answers = {str(code): _json(told, either) for code, told in COMMAND_ANSWERS.items()}
    return {
        "operationId": name,
        "summary": (kind.__doc__ or "").strip(),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {**answers, **_errors(COMMAND_ERRORS), **_errors(REFUSALS)},
    }


def _errors(codes: dict[int, str]) -> dict[str, Any]:
    return {str(code): _json(told, {"$ref": "#/components/schemas/Error"}) for code, told in codes.items()}


def _json(told: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": told, "content": {"application/json": {"schema": schema}}}
