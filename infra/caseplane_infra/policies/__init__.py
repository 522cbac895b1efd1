"""Policies that every stack must keep, whatever its settings; the tests and Pulumi's engine run them.

`model.py` defines a policy, each further module has the policies of one subject, `catalog.py` lists them all, and
`pack.py` passes them to the engine.
"""
