"""What ends soon of a stack, in words for the person who runs it."""

from collections.abc import Iterator, Mapping
from datetime import date

from caseplane_infra.facts.files import read
from caseplane_infra.facts.kubernetes import afterwards, ends_on, versions
from caseplane_infra.facts.models import listed
from caseplane_infra.facts.models import models as offered

NOTICE_DAYS = 90
"""How long before an end it is told."""


def notices(
    cloud: str, *, kubernetes: str, models: Mapping[str, str], edge: bool, today: date
) -> Iterator[str]:
    """What has ended or ends within the notice period, with what to do.

    Args:
        cloud: the stack's cloud.
        kubernetes: minor version of its cluster.
        models: role to the model that it uses.
        edge: whether it has a domain.
        today: the day to compare with.
    """
    yield from _cluster(cloud, kubernetes, today)
    for role, name in models.items():
        yield from _model(cloud, role, name, today)
    for each in read("products")["ends"]:
        if each["cloud"] == cloud and edge and _soon(each["ends"], today):
            yield f"{each['what']}: {_when(each['ends'], today)}; {each['then']} ({each['source']})"


def _cluster(cloud: str, version: str, today: date) -> Iterator[str]:
    known = versions(cloud)
    if not known:
        return
    end = ends_on(cloud, version)
    if end is None:
        yield (
            f"cluster.version {version}: its end is not known here; {_checked('kubernetes')} there were "
            f"{', '.join(known)}"
        )
    elif _soon(end, today):
        newer = [each for each, ends in known.items() if ends > end]
        todo = (
            f"raise it one minor version at a time, to {newer[-1]}" if newer else "look for a newer version"
        )
        yield f"cluster.version {version}: {_when(end, today)}; {afterwards(cloud)}. {todo.capitalize()}"


def _model(cloud: str, role: str, name: str, today: date) -> Iterator[str]:
    model = listed(cloud, name)
    if model is None:
        if offered(cloud):
            yield f"llm.{role}.name {name}: not in our list of models ({_checked('models')}), so nothing of it is checked"
    elif model.ends and _soon(model.ends, today):
        others = [
            each.name
            for each in offered(cloud).values()
            if each.embedding == model.embedding and not (each.ends and _soon(each.ends, today))
        ]
        yield f"llm.{role}.name {name}: {_when(model.ends, today)}. Move to {' or '.join(others) or 'a newer one'}"


def _soon(end: date, today: date) -> bool:
    return (end - today).days <= NOTICE_DAYS


def _when(end: date, today: date) -> str:
    left = (end - today).days
    return f"ended on {end}" if left < 0 else f"ends on {end}, in {left} days"


def _checked(name: str) -> str:
    return f"on {read(name)['checked']}"
