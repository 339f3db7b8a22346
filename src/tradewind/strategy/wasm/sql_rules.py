"""What a guest's SQL may speak of: the bars, what it makes of them, and functions whose answers follow from them.

Judged is the statement as the library has parsed it, not its text: a text may say anything inside a string, and a
program can build a name out of pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

TABLE = "market_data"
FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree"})
"""Functions that make rows. The others read files, tell of the library itself, or carry out SQL of their own."""
_DESCRIBED = frozenset({"DESCRIBE", "SUMMARY"})
_HERE = (frozenset({"", "memory"}), frozenset({"", "main"}))
_NONE: frozenset[str] = frozenset()


def strange(node: Any, known: AbstractSet[str] = _NONE) -> str:  # noqa: ANN401 - JSON
    """Return what in a parsed statement is not of the session's bars; empty if nothing is.

    `known` are the names that the statement has given to queries of its own (`WITH`), where they count.
    """
    pending: list[tuple[Any, AbstractSet[str]]] = [(node, known)]
    while pending:
        at, names = pending.pop()
        if isinstance(at, list):
            pending += [(part, names) for part in at]
        elif isinstance(at, dict):
            wrong = _strange(at, names)
            if wrong:
                return wrong
            if at.get("cte_map"):
                *bodies, (_, names) = _scopes(at["cte_map"]["map"], names)
                pending += bodies
            pending += [(part, names) for name, part in at.items() if name != "cte_map"]
    return ""


def _scopes(made: list[dict[str, Any]], names: AbstractSet[str]) -> Iterator[tuple[Any, AbstractSet[str]]]:
    """Yield each query of a `WITH` and the names that it knows, which are those before it; last, the names of all."""
    for query in made:
        name = query["key"].casefold()
        is_recursive = query["value"]["query_node"]["type"] == "RECURSIVE_CTE_NODE"
        yield query["value"], names | {name} if is_recursive else names
        names = names | {name}
    yield None, names


def _strange(node: dict[str, Any], names: AbstractSet[str]) -> str:
    if node.get("sample"):
        return "a sample: chance"
    kind = node.get("type")
    if kind == "BASE_TABLE":
        name, catalog, schema = (node[part].casefold() for part in ("table_name", "catalog_name", "schema_name"))
        if name in names and not catalog and not schema:
            return ""
        is_ours = name == TABLE and catalog in _HERE[0] and schema in _HERE[1]
        return "" if is_ours else f"table {node['table_name']}"
    if kind == "SHOW_REF":
        return "" if node["query"] and node["show_type"] in _DESCRIBED else "what the library has"
    if kind == "TABLE_FUNCTION" and node["function"]["function_name"].casefold() not in FUNCTIONS:
        return f"function {node['function']['function_name']}"
    return f"the name {node.get('catalog') or node['schema']}" if node.get("catalog") or node.get("schema") else ""
