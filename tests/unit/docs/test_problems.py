"""The sources of the page of errors."""

from tools.pages.problems import problem_classes


class TestProblems:
    def test_given_error_classes_when_listed_then_each_slug_has_one_status(self) -> None:
        slugs = [cls.slug for cls in problem_classes()]

        assert len(slugs) == len(set(slugs))
        assert "not-found" in slugs
