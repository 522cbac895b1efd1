"""Choices about paying that leave the stack as it is."""

from dataclasses import dataclass
from typing import Literal, get_args

Commitment = Literal["none", "1y", "3y"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The choices; the defaults choose nothing."""

    commitment: Commitment = "none"
    """Commitment to what runs all month, without prepayment."""
    spot: bool = True
    """Price workers as spot where the stack asks for it; `false` prices them on demand."""
    people: bool = False
    """Add the cost of the people who take over cases."""

    def __post_init__(self) -> None:
        if self.commitment not in get_args(Commitment):
            raise ValueError(
                f"commitment: {self.commitment!r}; must be one of {', '.join(get_args(Commitment))}"
            )
