"""The state machine of an article: one table from a state and a step to the next state.

What customers read is apart from it: `published_revision` names the approved text that is live, whatever becomes of the
text that is being worked on.
"""

from collections.abc import Mapping
from enum import StrEnum

from caseplane.core.errors import ConflictError


class ArticleState(StrEnum):
    """Where the text that is being worked on stands."""

    draft = "draft"
    in_review = "in_review"
    reviewed = "reviewed"
    published = "published"
    rejected = "rejected"
    withdrawn = "withdrawn"


class Step(StrEnum):
    """What may happen to an article."""

    edit = "edit"
    submit = "submit"
    send_back = "send_back"
    review = "review"
    approve = "approve"
    reject = "reject"
    withdraw = "withdraw"
    """The live text goes, and none takes its place."""
    restore = "restore"
    """The live text goes, and the one before it takes its place."""
    go_stale = "go_stale"


class StepRefusedError(ConflictError):
    """The article's present state does not allow this."""

    slug, title = "article-step-refused", "The article's state does not allow this"


_S = ArticleState
TABLE: Mapping[tuple[ArticleState, Step], ArticleState] = {
    **{(state, Step.edit): _S.draft for state in ArticleState},
    (_S.draft, Step.submit): _S.in_review,
    (_S.withdrawn, Step.submit): _S.in_review,
    (_S.in_review, Step.send_back): _S.draft,
    (_S.in_review, Step.review): _S.reviewed,
    (_S.reviewed, Step.approve): _S.published,
    (_S.reviewed, Step.reject): _S.rejected,
    (_S.published, Step.go_stale): _S.in_review,
    (_S.published, Step.withdraw): _S.withdrawn,
    (_S.published, Step.restore): _S.published,
    # A new text is on its way while the old one is live; taking the old one back leaves the new one where it is.
    **{
        (state, step): state
        for state in (_S.draft, _S.in_review, _S.reviewed, _S.rejected)
        for step in (Step.withdraw, Step.restore)
    },
}


def next_state(state: ArticleState, step: Step) -> ArticleState:
    """The state that follows.

    Raises:
        StepRefusedError: `step` cannot happen in `state`.
    """
    found = TABLE.get((state, step))
    if found is None:
        allowed = sorted(each for known, each in TABLE if known is state)
        raise StepRefusedError(
            f"An article that is {state.replace('_', ' ')} cannot take the step “{step.replace('_', ' ')}”;"
            f" it can take: {', '.join(allowed)}.",
            state=state,
            step=step,
            allowed=allowed,
        )
    return found
