"""The parameters of a class: its annotated attributes, or the fields of a pydantic model that it names.

    class Cross(Strategy):                class Cross(Strategy):
        fast: int = 20                        class Config(BaseModel):
                                                  fast: int = Field(20, ge=2)

With a model the checked parameters are one object, `self.config`. All mistakes are told at once.
"""

from __future__ import annotations

import inspect
import re
from copy import deepcopy
from functools import lru_cache, partial
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, get_origin, get_type_hints

import msgspec

from tradewind.domain.errors import StrategyLoadError, StrategyParameterError
from tradewind.domain.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = type | ModuleType
"""A class, or a module whose functions are the strategy and whose annotated names are its parameters."""
Place = tuple[str | int, ...]
Found = list[tuple[Place, str]]

_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\.?([^.\[\]]+)")


def parameters_of(strategy: Kind) -> dict[str, tuple[Any, Any]]:
    """Return a strategy's parameters, name → (type, default); `inspect.Parameter.empty` where there is no default."""
    model = model_of(strategy)
    if model is not None:
        fields = model.model_fields.items()
        return {
            (field.alias or name): (
                field.annotation,
                inspect.Parameter.empty if field.is_required() else field.get_default(call_default_factory=True),
            )
            for name, field in fields
        }
    return {
        name: (hint, getattr(strategy, name, inspect.Parameter.empty))
        for name, hint in _hints(strategy).items()
        if get_origin(hint) is not ClassVar and not name.startswith("_")
    }


def model_of(strategy: Kind) -> Any:  # noqa: ANN401 - a class of pydantic, which only its author imports
    """Return the pydantic model of the parameters: `config_model`, a class `Config` in it, or `config: Model`."""
    for given in (getattr(strategy, "config_model", None), getattr(strategy, "Config", None)):
        if _is_model(given):
            return given
    if "config" not in getattr(strategy, "__annotations__", {}):
        return None
    hint = _hints(strategy)["config"]
    return hint if _is_model(hint) else None


def schema_of(strategy: Kind) -> type[msgspec.Struct]:
    """Return a struct with the strategy's parameters as fields, to print as JSON schema."""
    fields = [
        (name, hint) if default is inspect.Parameter.empty else (name, hint, _default(default))
        for name, (hint, default) in parameters_of(strategy).items()
    ]
    return msgspec.defstruct(strategy.__name__, fields, forbid_unknown_fields=True, kw_only=True)


def json_schema(strategy: Kind) -> dict[str, Any]:
    """Return the JSON schema of a strategy's parameters; raise `StrategyLoadError` where an annotation has none."""
    model = model_of(strategy)
    try:
        return dict(model.model_json_schema()) if model is not None else msgspec.json.schema(schema_of(strategy))
    except (TypeError, ValueError) as error:
        raise StrategyLoadError(f"{strategy.__name__}: its parameters have no JSON schema: {error}") from error


def checked(strategy: Kind, parameters: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that parameters come to; raise `StrategyParameterError` with every mistake."""
    model = model_of(strategy)
    known = parameters_of(strategy)
    found: Found = [((key,), unknown(key, known)) for key in parameters if not _is_known(model, key, known)]
    values = _plain(known, parameters, found) if model is None else _modelled(model, parameters, found)
    if found:
        raise refused(strategy.__name__, found, known)
    return values


def in_use(strategy: object) -> dict[str, Any]:
    """Return the parameters that a strategy object has, as plain data where a model keeps them."""
    kind = type(strategy)
    if model_of(kind) is not None:
        return dict(strategy.config.model_dump(mode="json", by_alias=True))  # type: ignore[attr-defined] # set by `checked`
    return {name: getattr(strategy, name) for name in parameters_of(kind)}


def refused(strategy: str, found: Found, known: Iterable[str]) -> StrategyParameterError:
    """Return the error of what was found wrong with the parameters of a strategy."""
    told = "; ".join(f"{dotted(place)}: {problem}" if place else problem for place, problem in found)
    known = list(known)
    names = ", ".join(known) or "none"
    error = StrategyParameterError(f"{strategy}: {told}; its parameters are: {names}", tuple(found))
    error.context |= {"strategy": strategy, "parameters": known}
    return error


def unknown(key: str, known: Iterable[str]) -> str:
    """Say that a key is not known, and which one may be meant."""
    return f"unknown parameter{nearest(key, known)}"


def dotted(place: Place) -> str:
    """Write a place as people do: `levels[1]`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _plain(known: dict[str, tuple[Any, Any]], parameters: dict[str, Any], found: Found) -> dict[str, Any]:
    """Read each parameter as its annotation says."""
    values = {}
    for name, (hint, default) in known.items():
        if name in parameters:
            try:
                values[name] = msgspec.convert(parameters[name], hint, strict=False)
            except msgspec.ValidationError as error:
                found.append(_told(name, str(error)))
        elif default is inspect.Parameter.empty:
            found.append(((name,), "is missing"))
        else:
            values[name] = deepcopy(default) if isinstance(default, list | dict | set) else default
    return values


def _modelled(model: Any, parameters: dict[str, Any], found: Found) -> dict[str, Any]:  # noqa: ANN401 - as in `model_of`
    """Let the author's model read the parameters."""
    from pydantic import ValidationError

    told = {place for place, _ in found}
    try:
        return {"config": model.model_validate(parameters)}
    except ValidationError as error:
        mistakes = ((entry["loc"], entry["msg"]) for entry in error.errors(include_url=False))
        found.extend((place, _lowered(text)) for place, text in mistakes if place not in told)
    return {}


def _is_known(model: Any, key: str, known: Iterable[str]) -> bool:  # noqa: ANN401 - as in `model_of`
    """Whether a key may be given; pydantic itself would let most misspelt ones pass in silence."""
    if key in known:
        return True
    if model is None:
        return False
    return key in model.model_fields or model.model_config.get("extra") == "allow"


def _told(name: str, text: str) -> tuple[Place, str]:
    """Return place and problem of one of msgspec's messages."""
    at = _AT.search(text)
    steps = _STEP.findall(at[1]) if at else []
    place = tuple(int(step) if step.isdigit() else step for step in steps if step != "...")
    return (name, *place), _lowered(text[: at.start()] if at else text)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _is_model(given: object) -> bool:
    return isinstance(given, type) and hasattr(given, "model_validate") and hasattr(given, "model_fields")


@lru_cache(maxsize=64)
def _hints(strategy: Kind) -> dict[str, Any]:
    """Read the annotations, once: that takes longer than all else of making a strategy."""
    try:
        return get_type_hints(strategy)
    except NameError as error:
        raise StrategyLoadError(f"{strategy.__name__}: an annotation cannot be read: {error}") from error


def _default(value: Any) -> Any:  # noqa: ANN401 - whatever the author wrote
    """Return a default for a field; of a list or the like each strategy gets its own."""
    return msgspec.field(default_factory=partial(deepcopy, value)) if isinstance(value, list | dict | set) else value
