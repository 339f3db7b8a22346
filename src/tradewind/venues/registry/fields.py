"""What every block of a configuration shares: its manners, and the types of its values.

Written by people, so checked by pydantic; knows nothing of files, the environment or the engine. The
text below a field is its text in the schema and in `docs/configuration.md`.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class Settings(BaseModel):
    """The manners of every block: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_means_the_defaults(cls, value: object) -> object:
        return {} if value is None else value

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema with the texts of the fields.

        They are read when somebody asks: pydantic's own `use_attribute_docstrings` parses the source of every block in
        every process, which takes a third of the time to import them.
        """
        schema = handler.resolve_ref_schema(handler(core_schema))
        for key, text in texts(cls).items():
            if (node := schema.get("properties", {}).get(key)) is not None:
                node.setdefault("description", text)
        return schema


@cache
def texts(block: type[Settings]) -> dict[str, str]:
    """Return the text below each field of a block, those of the blocks that it extends first."""
    found: dict[str, str] = {}
    for kind in reversed(block.__mro__):
        if not issubclass(kind, Settings) or kind is Settings:
            continue
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
        assert isinstance(tree, ast.ClassDef)
        for field, text in pairwise(tree.body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(doc))):
                    found[name] = inspect.cleandoc(doc)
    return found


def mistake(message: str, key: str = "") -> PydanticCustomError:
    """Make the error of a rule that joins several keys; `key` names the one to put right."""
    return PydanticCustomError("rule", message, {"key": key})


def _a_date_is_its_midnight(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, bool | int | float | Decimal):  # nobody knows its unit
        raise mistake("a date or a time is due, such as 2024-06-25 or 2024-06-25T12:00:00Z")
    return value


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _no_truth(value: object) -> object:
    """Refuse `true` where a number is due; pydantic would take it for 1."""
    if isinstance(value, bool):
        raise mistake("a number is due, not true or false")
    return value


def _parts(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def of_kind(kind: str) -> BeforeValidator:
    """Make the validator that puts in the `kind` of a block that names none."""

    def fill_in(value: object) -> object:
        return {"kind": kind, **value} if isinstance(value, dict) and "kind" not in value else value

    return BeforeValidator(fill_in)


Instant = Annotated[datetime, BeforeValidator(_a_date_is_its_midnight), AfterValidator(_in_utc)]
"""A date or a time; without a zone it is UTC."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_parts), Field(min_length=1)]
"""A list of texts, or one text with commas."""
Positive = Annotated[Decimal, Field(gt=0)]
NotNegative = Annotated[Decimal, Field(ge=0)]
Fraction = Annotated[Decimal, Field(gt=0, le=1)]
Count = Annotated[int, Field(ge=1), BeforeValidator(_no_truth)]
Seed = Annotated[int, Field(ge=0), BeforeValidator(_no_truth)]
Seconds = Annotated[float, Field(gt=0), BeforeValidator(_no_truth)]
Milliseconds = Annotated[float, Field(ge=0), BeforeValidator(_no_truth)]
Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_no_truth)]
