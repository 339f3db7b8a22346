"""Dynamic risk: less is risked in a drawdown, after losses and in wild markets, and a little more when all is well."""
