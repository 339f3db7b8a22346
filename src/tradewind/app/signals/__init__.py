"""The signal style at the edge, in the flow of data.

Definitions: `registry`, `setup`. Candles come in: `data`. A key is put together: `world`, `paper`, `account`; and goes:
`session`, `turns`, `words`, `advice`, `live_run` on the clock, `tape`, `at_once`, `backtest_run` over the past. What it
did is kept: `history`, `state`, `keeper`, `verify`; and goes out: `result`, `handover`, `telling`, `observers`,
`report`. Keys at a venue are strategies of one ordinary live session: `venue/`. What programs call: `live` with
`running`, `backtest`, and `functions` inside `get_signal`.
"""
