"""What a stack costs: estimated before it is deployed, compared with the bill after, split among tenants and cases.

`previews` reads what a stack has, `meters` say what of it is billed, `usage` how much of it is used, `catalog` at
which price. `estimate` combines them into lines; everything else reads lines.
"""
