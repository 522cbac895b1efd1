"""Every declared kind and rule of the simulated clouds: the good example passes, the broken one is refused.

The cases come from the rulebooks, so a new rule is tested by being declared.
"""

from typing import Any

import pytest
from tests.integration.infra.simulator import shapes
from tests.integration.infra.simulator.accounts import BOOKS
from tests.integration.infra.simulator.bench import Bench
from tests.integration.infra.simulator.cloud import Record
from tests.integration.infra.simulator.rulebook import Kind, RefusedError, Rule
from tests.integration.infra.simulator.values import pick

KINDS = [
    pytest.param(book.package, kind, id=token)
    for book in BOOKS.values()
    for token, kind in book.kinds.items()
]
RULES = [
    pytest.param(book.package, rule, id=f"{rule.kind}-{rule.check.__name__}")
    for book in BOOKS.values()
    for rule in book.rules
]
REFS = [
    pytest.param(book.package, kind, path, id=f"{token}-{path}")
    for book in BOOKS.values()
    for token, kind in book.kinds.items()
    for path in kind.refs
    if list(pick(dict(kind.example), path))
]


class TestKind:
    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_good_example_when_created_then_accepted_with_everything_promised(
        self, package: str, kind: Kind
    ) -> None:
        record = Bench(package).made(kind.token)

        promised = shapes.outputs_of(kind.token)
        assert {key for key, each in promised.items() if each.required} <= record.outputs.keys()
        assert list(shapes.check(promised, record.outputs)) == []

    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_unknown_property_when_created_then_refused(self, package: str, kind: Kind) -> None:
        with pytest.raises(RefusedError, match="nonsense: no such property"):
            Bench(package).create(kind.token, {"nonsense": 1})

    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_each_property_of_a_wrong_type_when_created_then_refused(
        self, package: str, kind: Kind
    ) -> None:
        accepted = [key for key in kind.example if _accepts(package, kind, {key: [{"nonsense": [1]}]})]

        assert accepted == []

    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_protection_when_deleted_then_refused(self, package: str, kind: Kind) -> None:
        if not kind.protected_by:
            return
        bench = Bench(package)
        record = bench.create(kind.token, {kind.protected_by: True})

        with pytest.raises(RefusedError, match="DeletionProtected"):
            bench.cloud.delete(record.kind, record.id)

    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_as_many_as_allowed_when_one_more_is_created_then_refused(
        self, package: str, kind: Kind
    ) -> None:
        if not kind.quota:
            return
        bench = Bench(package)
        for number in range(kind.quota):
            other = Record(kind.token, f"other-{number}", "other", {}, 0)
            bench.cloud.records[kind.token, other.id] = other

        with pytest.raises(RefusedError, match="LimitExceeded"):
            bench.create(kind.token)

    @pytest.mark.parametrize(("package", "kind"), KINDS)
    def test_given_the_same_unique_properties_when_created_again_then_refused(
        self, package: str, kind: Kind
    ) -> None:
        if not kind.unique:
            return
        bench = Bench(package)
        bench.made(kind.token)

        with pytest.raises(RefusedError, match="AlreadyExists"):
            bench.create(kind.token)


class TestReference:
    @pytest.mark.parametrize(("package", "kind", "path"), REFS)
    def test_given_name_of_nothing_when_created_then_refused(
        self, package: str, kind: Kind, path: str
    ) -> None:
        where = next(iter(pick(dict(kind.example), path)))[0]

        with pytest.raises(RefusedError, match=r"NotFound.*names nothing"):
            Bench(package).create(kind.token, {where: "nothing-of-that-name"})

    @pytest.mark.parametrize(("package", "kind", "path"), REFS)
    def test_given_dependent_when_deleted_then_refused(self, package: str, kind: Kind, path: str) -> None:
        bench = Bench(package)
        record = bench.made(kind.token)
        ref = kind.refs[path]
        if not ref.holds:
            return
        named = bench.cloud.resolve(ref, next(iter(pick(record.inputs, path)))[1])
        assert named is not None

        with pytest.raises(RefusedError, match=r"DependencyViolation|DeletionProtected"):
            bench.cloud.delete(named.kind, named.id)


class TestRule:
    @pytest.mark.parametrize(("package", "rule"), RULES)
    def test_given_broken_example_when_tried_then_refused_with_its_code(
        self, package: str, rule: Rule
    ) -> None:
        bench = Bench(package)
        for number, (kind, overrides) in enumerate(rule.beside):
            bench.create(kind, overrides, name=f"beside-{number}")

        with pytest.raises(RefusedError) as refused:
            _break(bench, rule)

        assert refused.value.code == rule.code
        assert rule.sentence in refused.value.reason


def _break(bench: Bench, rule: Rule) -> None:
    if rule.change:
        bench.change(bench.made(rule.kind), rule.broken)
    else:
        bench.create(rule.kind, rule.broken)


def _accepts(package: str, kind: Kind, overrides: dict[str, Any]) -> bool:
    bench = Bench(package)
    return not bench.cloud.type_faults(kind.token, {**bench.inputs(kind.token), **overrides})
