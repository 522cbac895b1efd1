"""How costs are shown to people and pipelines.

Each subject (estimate, diff, comparison, bill, budgets, shares) has a module that makes a `Document` of it. `table`,
`markdown` and `html` render documents; `outputs` has the JSON forms of the values.
"""
