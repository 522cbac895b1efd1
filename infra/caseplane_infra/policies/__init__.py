"""What no stack of ours may do, whatever its settings: policies that tests and the Pulumi engine both run.

`model.py` says what a policy is, each further module holds those of one subject, `catalog.py` lists them all, and
`pack.py` hands them to the engine.
"""
