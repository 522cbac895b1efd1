"""The tables of cost estimates; the tests that hold the estimates to them compute them, too."""

from tests.unit.costs.page import render

__all__ = ["render"]
