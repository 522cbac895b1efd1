"""The page of errors lists every problem that the code can answer with."""

from tests.unit.docs import problems


class TestErrorsPage:
    def test_given_error_classes_when_the_page_is_written_anew_then_nothing_changes(self) -> None:
        page = problems.PAGE.read_text(encoding="utf-8")

        assert problems.with_generated(page) == page, (
            "run `python -m tests.unit.docs.problems` and commit docs/errors.md"
        )

    def test_given_error_classes_when_listed_then_each_slug_has_one_status(self) -> None:
        slugs = [cls.slug for cls in problems.problem_classes()]

        assert len(slugs) == len(set(slugs))
        assert "not-found" in slugs
