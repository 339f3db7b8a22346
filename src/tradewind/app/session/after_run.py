"""After a session: strategies may look back. What they raise then is told, and moves nothing: the books are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tradewind.domain.errors import StrategyExecutionError

if TYPE_CHECKING:
    from tradewind.engine.engine import Engine


def call_after_run(engine: Engine) -> None:
    """Call `after_run` of every strategy that was not held; raise `StrategyExecutionError` if one raises."""
    for name, (strategy, _) in engine.roster.members.items():
        if name in engine.roster.held:
            continue
        try:
            strategy.after_run()
        except Exception as error:
            raise StrategyExecutionError(f"{name} raised after its run: {type(error).__name__}: {error}") from error
