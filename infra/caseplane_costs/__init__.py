"""What a stack costs: estimated before it is deployed, compared with the bill after, shared out to tenants and cases.

`resources` reads what a stack has, `meters` say what of it is billed, `usage` how much of it is used, `catalog`
at which price; `estimate` puts them together into lines, and everything else reads lines.
"""
