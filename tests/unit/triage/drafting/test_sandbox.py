"""Templates that support leads write."""

import pytest

from caseplane.triage.drafting import SHAPE, Fault, TemplateFaultyError, check, render

VALUES = {
    "customer": {"name": "Ada Lovelace", "first_name": "Ada"},
    "fields": {"order_id": "ORD-123456"},
    "missing": ["the amount", "the date"],
    "details": [{"name": "order_id", "label": "order", "value": "ORD-123456"}],
    "expected": "4 hours",
}


class TestRender:
    def test_given_conditions_and_loops_when_rendered_then_filled(self) -> None:
        source = (
            "Hello {{ customer.name }},\n{% if fields.order_id %}\nwe have {{ fields.order_id }}.\n{% endif %}\n\n\n\n"
            "{% for each in missing %}\n- {{ loop.index }} {{ each|upper }}\n{% endfor %}"
        )

        text = render(source, VALUES, SHAPE)

        assert text == "Hello Ada Lovelace,\nwe have ORD-123456.\n\n- 1 THE AMOUNT\n- 2 THE DATE"

    def test_given_line_that_ends_with_a_tag_when_rendered_then_the_next_line_stays_a_line(self) -> None:
        source = "Hello{% if fields.order_id %}, {{ fields.order_id }}{% endif %}\nBye"

        assert render(source, VALUES, SHAPE) == "Hello, ORD-123456\nBye"

    def test_given_field_that_was_not_found_when_rendered_then_empty(self) -> None:
        assert (
            render("[{{ fields.items }}{{ fields.color|default('none', true) }}]", VALUES, SHAPE) == "[none]"
        )

    def test_given_text_that_grows_when_rendered_then_refused(self) -> None:
        long = {**VALUES, "missing": ["x" * 2_000] * 20}
        source = "{% for a in missing %}{% for b in missing %}{{ a }}{{ b }}{% endfor %}{% endfor %}"

        with pytest.raises(TemplateFaultyError, match="20,000"):
            render(source, long, SHAPE)

    def test_given_faulty_template_when_rendered_then_refused_before_it_runs(self) -> None:
        with pytest.raises(
            TemplateFaultyError, match="line 2: There is no value 'tikcet'; did you mean 'ticket'"
        ):
            render("Hello\n{{ tikcet.subject }}", VALUES, SHAPE)


class TestCheck:
    @pytest.mark.parametrize(
        ("source", "line", "part"),
        [
            ("Hello\n\n{% if %}", 3, "Expected an expression"),
            ("Hello\n{{ ticket.subjct }}", 2, "did you mean 'subject'"),
            ("{{ customer.name|uper }}", 1, "did you mean 'upper'"),
            ("{{ ticket.subject.__class__ }}", 1, "has no parts"),
            ("{{ ().__class__.__mro__ }}", 1, "named"),
            ("{{ 'a' * 1000000000 }}", 1, "Arithmetic"),
            ("{% set x = 'a' %}{% set x = x ~ x %}", 1, "`set`"),
            ("\n{% for i in range(10) %}{% endfor %}", 2, "A loop runs over a list"),
            ("{% for c in ticket.subject %}{% endfor %}", 1, "A loop runs over a list"),
            ("{% for each in missing recursive %}{{ loop(missing) }}{% endfor %}", 1, "call itself"),
            (
                "{% for a in missing %}{% for b in missing %}{% for c in missing %}x{% endfor %}{% endfor %}{% endfor %}",
                1,
                "Loops nest",
            ),
            ("{{ missing.append('x') }}", 1, "call"),
            ("{{ ticket['subject'] }}", 1, "`[…]`"),
            ("{% include 'secrets' %}", 1, "`include`"),
            ("{% macro m() %}{% endmacro %}", 1, "`macro`"),
            ("{{ [1, 2]|join }}", 1, "A list"),
            ("{{ '%99999999s'|format('x') }}", 1, "no filter 'format'"),
            pytest.param(
                "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}", 1, "nested too deeply", id="brackets"
            ),
            pytest.param(
                "{% if tone %}" * 200 + "{% endif %}" * 200, 1, "nested too deeply", id="conditions"
            ),
            pytest.param("x" * 8_001, 1, "8,001", id="long"),
            pytest.param("{{ tone ~ tone }}" * 400, 1, "more than 1,000 parts", id="many"),
        ],
    )
    def test_given_what_a_template_may_not_do_when_checked_then_named_by_line(
        self, source: str, line: int, part: str
    ) -> None:
        faults = check(source, SHAPE)

        assert [fault.line for fault in faults][:1] == [line]
        assert part in faults[0].message

    def test_given_several_faults_when_checked_then_all_in_order(self) -> None:
        faults = check("{{ a }}\n{{ b }}\n{% for x in missing %}\n{{ x.y }}{% endfor %}", SHAPE)

        assert [fault.line for fault in faults] == [1, 2, 4]

    def test_given_good_template_when_checked_then_nothing(self) -> None:
        source = "{% for each in details %}{{ each.label }}{% if not loop.last %}, {% endif %}{% endfor %}"

        assert check(source, SHAPE) == list[Fault]()
