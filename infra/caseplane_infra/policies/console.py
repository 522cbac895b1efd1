"""The only public store: the console's files, which hold no data and are uploaded with every release."""

from collections.abc import Iterator, Sequence

from caseplane_infra.policies.kinds import Azure
from caseplane_infra.policies.model import Finding, Resource

CONSOLE = "console"


def is_console(resource: Resource) -> bool:
    """Whether a resource is, by its name, Azure's account of the console; `not_only_a_website` checks the content."""
    return resource.type == Azure.STORAGE and resource.name.endswith(f"-{CONSOLE}")


def not_only_a_website(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Accounts with the console's name that hold something else, or no website."""
    websites, stores = _accounts(stack, Azure.WEBSITE), _accounts(stack, Azure.CONTAINER)
    for resource in stack:
        if is_console(resource) and (resource.name not in websites or resource.name in stores):
            yield resource, "is public like the console's files, but is not for them alone"


def _accounts(stack: Sequence[Resource], kind: str) -> set[str]:
    return {name for each in stack if each.type == kind for name in each.links.get("accountName", ())}
