"""The control API: routes over the desk of a running session. Whoever comes here has passed the gate."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from tradewind.app.control import facts
from tradewind.app.control.commands import COMMANDS, Outcome
from tradewind.app.control.metrics import metrics_of
from tradewind.app.control.schema import openapi
from tradewind.app.control.words import HANDLERS
from tradewind.domain.errors import CallRejected, EngineUnanswered, TradewindError
from tradewind.domain.money import money_context
from tradewind.venues._net.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tradewind.app.control.desk import Desk

STATUS = {Outcome.DONE: 200, Outcome.PARTLY: 207, Outcome.REFUSED: 409, Outcome.UNANSWERED: 504}
log = structlog.get_logger(__name__)


class Api:
    """The routes of one session."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._schema = openapi()

    def application(self) -> Starlette:
        """Return the ASGI application, without its gate."""
        reads: dict[str, Callable[[], Any]] = {
            "/status": lambda: facts.status(self._desk),
            "/positions": lambda: facts.positions(self._desk),
            "/orders": lambda: facts.orders(self._desk),
            "/breakers": lambda: facts.breakers(self._desk),
            "/metrics.json": lambda: metrics_of(self._desk.engine, self._desk.counts),
            "/health": self._desk.run.session.health,
            "/openapi.json": lambda: self._schema,
        }
        routes = [Route(path, self._reading(read), methods=["GET"]) for path, read in reads.items()]
        routes.append(Route("/metrics", self._metrics, methods=["GET"]))
        routes += [Route("/livez", self._probe(lambda: True)), Route("/readyz", self._probe(self._ready))]
        routes += [Route("/ready", self._probe(self._ready))]
        routes += [Route(f"/commands/{name}", self._commanding(name), methods=["POST"]) for name in COMMANDS]
        return Starlette(routes=routes, exception_handlers={404: _missing, 405: _missing, Exception: _failed})

    def _ready(self) -> bool:
        return facts.is_ready(self._desk)

    async def _metrics(self, request: Request) -> Response:  # noqa: ARG002
        from tradewind.app.control.prometheus import exposition

        with money_context():
            return Response(exposition(self._desk), media_type="text/plain; version=0.0.4; charset=utf-8")

    def _reading(self, read: Callable[[], Any]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:  # noqa: ARG001 - the path has said it all
            with money_context():
                return _json(read())

        return answer

    def _probe(self, holds: Callable[[], bool]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:  # noqa: ARG001
            good = holds()
            return _json({"ok": good}, 200 if good else 503)

        return answer

    def _commanding(self, name: str) -> Callable[[Request], Any]:
        decoder = msgspec.json.Decoder(COMMANDS[name])

        async def answer(request: Request) -> Response:
            try:
                word = decoder.decode(await request.body() or b"{}")
                with money_context():
                    done = await HANDLERS[name](self._desk, word)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                return error_of(422, "ValidationError", str(error))
            except CallRejected as error:
                return error_of(error.status, type(error).__name__, error.message)
            except EngineUnanswered as error:
                return error_of(504, type(error).__name__, error.message)
            except TradewindError as error:
                return error_of(409, type(error).__name__, error.message)
            return _json(done, STATUS[done.outcome])

        return answer


def error_of(status: int, kind: str, message: str) -> Response:
    """Return an error as every other one looks."""
    return _json({"error": {"type": kind, "message": masked(message)}}, status)


async def _missing(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    headers = getattr(error, "headers", None) or {}
    response = error_of(status, "CallRejected", f"{request.method} {request.url.path[:200]}: no such call")
    with contextlib.suppress(KeyError):
        response.headers["allow"] = headers["Allow"]
    return response


async def _failed(request: Request, error: Exception) -> Response:
    """Say that we have failed; what failed goes to the log without its text, which may hold anything."""
    log.error("a call of the control API failed", path=request.url.path[:200], error=type(error).__name__)
    return error_of(500, "InternalError", f"the call failed: {type(error).__name__}")


def _json(data: Any, status: int = 200) -> Response:  # noqa: ANN401 - plain data
    body = msgspec.json.encode(data, enc_hook=str)
    return Response(body, status, media_type="application/json", headers={"cache-control": "no-store"})
