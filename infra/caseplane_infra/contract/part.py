"""The base of every part: a section of the stack file is the input, a component the output."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypedDict, Unpack

import pulumi
from pydantic import BaseModel, ConfigDict, Field

from caseplane_infra.naming import Labels

Gib = Annotated[int, Field(ge=1, le=65_536)]
Days = Annotated[int, Field(ge=1, le=3_650)]
Tier = Literal["small", "medium", "large"]


class Section(BaseModel):
    """A section of the stack file; unknown keys are errors, and values are immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Options(TypedDict, total=False):
    """Pulumi's options that children of a part use."""

    protect: bool | None
    ignore_changes: list[str]
    retain_on_delete: bool


class Part(pulumi.ComponentResource):
    """One part of the platform on one cloud; its type `caseplane:<cloud>:<Noun>` must never change."""

    cloud: ClassVar[str]

    def __init__(self, name: str, labels: Labels, opts: pulumi.ResourceOptions | None = None) -> None:
        noun = type(self).__mro__[1].__name__
        super().__init__(f"caseplane:{self.cloud}:{noun}", name, None, opts)
        self.labels = labels.of(name)

    def child(self, *depends_on: pulumi.Resource, **more: Unpack[Options]) -> pulumi.ResourceOptions:
        """Options of a child: its parent, and the dependencies that the engine cannot see from its inputs."""
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on), **more)

    def done(self) -> None:
        """Register the outputs that the contract declares.

        Raises:
            NotImplementedError: one of them is not set.
        """
        declared = type(self).__mro__[1].__annotations__
        missing = [each for each in declared if not hasattr(self, each)]
        if missing:
            raise NotImplementedError(f"{type(self).__name__} does not set {', '.join(missing)}")
        values = {each: getattr(self, each) for each in declared}
        self.register_outputs({each: value for each, value in values.items() if _recordable(value)})


def _recordable(value: object) -> bool:
    """Whether the engine can store a value in its state: text, outputs, and mappings of them."""
    if isinstance(value, Mapping):
        return all(_recordable(each) for each in value.values())
    return isinstance(value, str | pulumi.Output)
