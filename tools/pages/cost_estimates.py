"""Tables of cost estimates; the tests of the estimates compute them too."""

from tests.unit.costs.page import render

__all__ = ["render"]
