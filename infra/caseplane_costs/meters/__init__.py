"""What of a resource is billed: a package per provider, one function per resource type.

A meter takes a resource and yields charges: a key of the catalog with a quantity, and the reason for that quantity.
Types that cost nothing are listed as free, with the reason; a type in neither list is unpriced and fails in strict
mode. Costs without a resource, such as tokens of a model that needs no deployment, have standalone meters.
"""
