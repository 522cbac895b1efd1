"""What people and pipelines get to see of costs.

Each subject (estimate, diff, comparison, bill, budget, shares) becomes one `Document` in a module of its own; `table`,
`markdown` and `html` know only documents, and `json` only the values behind them.
"""
