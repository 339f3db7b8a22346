"""Secrets in a configuration: masked by the name of the key and by their value, at every depth."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MASK = "***"
INSIDE_LENGTH_MIN = 6
"""A shorter secret is masked where it stands alone; inside other text it would be found by chance."""

_NESTED = (dict, list, tuple)
_NAME = re.compile(
    r"(?i)(^|[_\-.])(api[_-]?key|secret([_-]?key)?|private[_-]?key|passw(or)?d|passphrase|token|credentials?|webhook([_-]?url)?)$"
)


def masked(tree: Any, secrets: Iterable[str] = ()) -> Any:  # noqa: ANN401 - plain data
    """Return the tree without its secrets: those told, and what stands under a secret’s name, wherever it is."""
    known = {text for text in (*secrets, *_named(tree)) if text and text != MASK}
    return _masked(tree, sorted(known, key=len, reverse=True))


def names_secret(tree: Mapping[Any, Any] | Iterable[Any]) -> bool:
    """Tell whether anything stands under a secret's name: if not, there is nothing that `masked` would change."""
    if isinstance(tree, dict):
        for name in tree:
            if _is_secret(name if type(name) is str else str(name)):
                return True
        tree = tree.values()
    for value in tree:  # noqa: SIM110 - a generator takes twice as long, and this looks at every event
        if isinstance(value, _NESTED) and names_secret(value):
            return True
    return False


def secrets_in(tree: Any) -> tuple[str, ...]:  # noqa: ANN401 - plain data
    """Return the texts under a secret's name that are long enough to be masked within others, the longest first."""
    found = {text for text in _named(tree) if len(text) >= INSIDE_LENGTH_MIN}
    return tuple(sorted(found, key=len, reverse=True))


def masked_json(tree: Any, secrets: Iterable[str] = ()) -> str:  # noqa: ANN401 - plain data
    """Return the masked tree as JSON, for the header of a journal."""
    return json.dumps(masked(tree, secrets), default=str)


@lru_cache
def _is_secret(name: str) -> bool:
    """Tell whether a key is a secret's: there are few, and they come with every event of a session."""
    return bool(_NAME.search(name))


def _named(tree: Any, *, secret: bool = False) -> Iterator[str]:  # noqa: ANN401 - plain data
    """Yield the texts that stand under the name of a secret."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from _named(value, secret=secret or _is_secret(str(key)))
    elif isinstance(tree, list | tuple):
        for value in tree:
            yield from _named(value, secret=secret)
    elif secret and isinstance(tree, str | int | float) and not isinstance(tree, bool):
        yield str(tree)


def _masked(tree: Any, secrets: list[str], *, secret: bool = False) -> Any:  # noqa: ANN401 - plain data
    if isinstance(tree, dict):
        return {k: _masked(v, secrets, secret=secret or _is_secret(str(k))) for k, v in tree.items()}
    if isinstance(tree, list | tuple):
        return [_masked(value, secrets, secret=secret) for value in tree]
    if tree is None or isinstance(tree, bool):
        return tree
    if secret or str(tree) in secrets:
        return MASK
    if isinstance(tree, str):
        for value in secrets:
            if len(value) >= INSIDE_LENGTH_MIN:
                tree = tree.replace(value, MASK)
    return tree
