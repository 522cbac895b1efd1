"""What of a resource is billed: a package per provider, one function per resource type.

A meter takes a resource, and yields charges: a key of the catalog with a quantity, and why it is that quantity.
What costs nothing is named in `free`, with the reason; a type in neither is unpriced, and fails in strict mode.
What no resource stands for, such as tokens of a model that needs no deployment, has a meter in `standalone`.
"""
