"""The one store that the world may read: the console's files, which hold no data and which a release brings again."""

from collections.abc import Iterator, Sequence

from caseplane_infra.policies.kinds import Azure
from caseplane_infra.policies.model import Finding, Resource

CONSOLE = "console"


def is_console(resource: Resource) -> bool:
    """Whether it is Azure's account for them, by its name; `not_only_a_website` holds it to what the name says."""
    return resource.type == Azure.STORAGE and resource.name.endswith(f"-{CONSOLE}")


def not_only_a_website(stack: Sequence[Resource]) -> Iterator[Finding]:
    """Accounts that are called the console's, and hold something else, or no website."""
    websites, stores = _accounts(stack, Azure.WEBSITE), _accounts(stack, Azure.CONTAINER)
    for resource in stack:
        if is_console(resource) and (resource.name not in websites or resource.name in stores):
            yield resource, "is open as the console's files are, and is not theirs alone"


def _accounts(stack: Sequence[Resource], kind: str) -> set[str]:
    return {name for each in stack if each.type == kind for name in each.links.get("accountName", ())}
