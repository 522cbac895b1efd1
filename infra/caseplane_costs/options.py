"""What may be chosen about paying, without changing the stack."""

from dataclasses import dataclass
from typing import Literal

Commitment = Literal["none", "1y", "3y"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is chosen; the defaults are what a stack costs without any choice."""

    commitment: Commitment = "none"
    """Commitments on what runs all month, without prepayment."""
    spot: bool = True
    """Price workers as spot where the stack asks for it; `false` prices them on demand."""
    people: bool = False
    """Add what people cost whom cases are handed to."""

    def __post_init__(self) -> None:
        if self.commitment not in ("none", "1y", "3y"):
            raise ValueError(f"commitment: {self.commitment!r}; one of none, 1y, 3y")
