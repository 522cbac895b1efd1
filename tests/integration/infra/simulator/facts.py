"""The input of a rule: one resource as it is about to be, and the account around it."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tests.integration.infra.simulator.values import Properties, has_unknown, pick

if TYPE_CHECKING:
    from tests.integration.infra.simulator.cloud import Cloud, Record


class NotKnownYetError(Exception):
    """A rule needs a value that only a real `up` knows; in a preview it is checked later."""


class Facts:
    """A resource about to be created or changed."""

    def __init__(
        self,
        cloud: "Cloud",
        kind: str,
        name: str,
        inputs: Properties,
        before: "Record | None" = None,
        *,
        preview: bool = False,
    ) -> None:
        self.cloud, self.kind, self.name, self.inputs, self.before = cloud, kind, name, inputs, before
        self.id = before.id if before else ""
        self.preview = preview
        """Whether earlier resources of the program may not exist yet."""
        self.birth = before.birth if before else cloud.births

    def get(self, path: str, default: Any = None) -> Any:
        """The value at a path without `[]`.

        Raises:
            NotKnownYetError: it, or something in it, is not known yet.
        """
        values = self.all(path)
        return values[0] if values else default

    def all(self, path: str) -> list[Any]:
        """Every value at a path, which may have `[]`.

        Raises:
            NotKnownYetError: one of them is not known yet.
        """
        values = [value for _, value in pick(self.inputs, path)]
        if has_unknown(values):
            raise NotKnownYetError(path)
        return values

    def was(self, path: str, default: Any = None) -> Any:
        """The value at a path before this change."""
        values = [value for _, value in pick(self.before.inputs if self.before else {}, path)]
        return values[0] if values else default

    def named(self, path: str) -> "Record":
        """The resource that a declared reference names.

        Raises:
            NotKnownYetError: it does not exist yet, or is declared to be outside the account.
        """
        if self.preview:
            raise NotKnownYetError(path)
        found = self.cloud.resolve(self.cloud.book.kinds[self.kind].refs[path], self.get(path))
        if found is None:
            raise NotKnownYetError(path)
        return found

    def others(self, kind: str | None = None, **same: Any) -> list["Record"]:
        """The account's other resources of a type (by default this one's) whose inputs are the same here.

        Raises:
            NotKnownYetError: in a preview, since what exists now may be deleted before this one is created.
        """
        if self.preview:
            raise NotKnownYetError(kind or self.kind)
        token = kind or self.kind
        return [
            each
            for each in self.cloud.of(token)
            if not (token == self.kind and each.id == self.id)
            and all(each.inputs.get(key) == value for key, value in same.items())
        ]

    def text(self, template: str) -> str:
        """Fill a template from account, inputs, outputs so far, id and `hex` (17 digits, stable per name)."""
        return template.format_map(_Words(self))

    def digits(self, count: int, salt: str = "") -> str:
        """Hex digits of this creation alone: the same on every change, others when it is created again."""
        seed = f"{self.kind}/{self.name}/{salt}/{self.birth}"
        return hashlib.sha256(seed.encode()).hexdigest()[:count]


class _Words(Mapping[str, Any]):
    """The variables of templates."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def __getitem__(self, key: str) -> Any:
        facts = self._facts
        if key == "id":
            return facts.id
        if key == "hex":
            return facts.digits(17)
        if key in facts.cloud.account and key not in facts.inputs:
            return facts.cloud.account[key]
        value = facts.get(key)
        if value is None:
            raise KeyError(f"{facts.kind}: no `{key}` among its inputs and the account's facts")
        return value

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0
