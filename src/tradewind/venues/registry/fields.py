"""What every block of a configuration shares: its manners, and the types of its values.

Written by people, so checked by pydantic; knows nothing of files, the environment or the engine. The
text below a field is its text in the schema and in `docs/configuration.md`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError


class Settings(BaseModel):
    """The manners of every block: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True, use_attribute_docstrings=True
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_means_the_defaults(cls, value: object) -> object:
        return {} if value is None else value


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
