"""One event loop, owned: who starts one is named here, and nobody enters one that runs already."""

from __future__ import annotations

import ast

from tests.house.source import ROOT

STARTS = {
    "app/live_engine/engine.py", "app/control/direct/stop.py", "app/cli/live.py", "app/cli/exchange.py",
    "app/demo/run.py",
}  # fmt: skip
"""What a program or a script calls to run a session, an exchange or an emergency stop to its end."""
NEVER = {"new_event_loop", "set_event_loop", "run_until_complete", "run_forever", "get_event_loop", "nest_asyncio"}


def test_lesson_120_a_loop_is_started_at_the_edge_and_never_within_another() -> None:
    starts, wrong = set(), []
    for path in sorted((ROOT / "src/tradewind").rglob("*.py")):
        name = str(path.relative_to(ROOT / "src/tradewind"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            words = {getattr(node, field, None) for field in ("attr", "id", "module", "name")}
            wrong += [f"{name}: {word}" for word in words & NEVER]
            if ast.unparse(node).startswith("asyncio.run(") and isinstance(node, ast.Call):
                starts.add(name)
    assert not wrong
    assert starts == STARTS
