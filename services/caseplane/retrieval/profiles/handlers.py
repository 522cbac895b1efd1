"""Runs the jobs of embedding profiles."""

from caseplane.core.auth import Principal
from caseplane.core.work import Handlers
from caseplane.retrieval.context import Retrieval, Work
from caseplane.retrieval.profiles.jobs import FORGET_PROFILE, REINDEX, ProfileArgs
from caseplane.retrieval.profiles.reindexing import build_profile, forget_profile

handlers = Handlers[Retrieval]()


@handlers.on(REINDEX)
async def reindex(context: Retrieval, principal: Principal, args: ProfileArgs) -> None:
    await build_profile(context, principal, args.profile_id)


@handlers.in_work(FORGET_PROFILE)
async def forget_retired(work: Work, args: ProfileArgs) -> None:
    await forget_profile(work, args.profile_id)
