"""Random schedules: people edit and delete, somebody changes the platform by hand, and processes die meanwhile.

An actor is one person with a Tenant and a KnowledgeBase. Actors of a batch share the faults, as tenants of one installation do.
"""

import random
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.cluster.operating import Operating, knowledge_base, tenant, unique

APPLY = {"Content-Type": "application/apply-patch+yaml"}
ROOT = "/apis/caseplane.dev/v1alpha1"


@dataclass
class Batch:
    """A cluster, a platform and an operator, all of which may be killed."""

    world: Operating
    rng: random.Random
    down: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def disturb(self) -> None:
        """Let something die, or come back."""
        if self.down and self.rng.random() < 0.6:
            self.recover(self.down.pop())
            return
        what = self.rng.choice(["operator", "platform", "apiserver", "nothing", "nothing"])
        if what in self.down or what == "nothing":
            return
        self.told.append(f"kill {what}")
        if what == "operator":
            self.world.kill()
        elif what == "platform":
            self.world.platform.kill()
        else:
            self.world.cluster.restart_apiserver()
            return
        self.down.add(what)

    def recover(self, what: str) -> None:
        self.told.append(f"start {what}")
        if what == "operator":
            self.world.start()
        else:
            self.world.platform.start()

    def recover_all(self) -> None:
        for what in sorted(self.down):
            self.recover(what)
        self.down.clear()


@dataclass
class Actor:
    """What one person wants, and how they come to it."""

    batch: Batch
    rng: random.Random
    name: str = field(default_factory=lambda: unique("c"))
    wanted: dict[str, Any] | None = None
    sources: list[str] = field(default_factory=list)
    tenant_id: str = ""
    told: list[str] = field(default_factory=list)

    def step(self, cluster: httpx.Client) -> None:
        """Do something, or nothing."""
        choice = self.rng.choice(["edit", "edit", "edit", "delete", "drift", "rotate", "rest"])
        self.told.append(choice)
        if choice == "edit" or self.wanted is None:
            self._edit(cluster)
        elif choice == "delete":
            self._delete(cluster)
        elif choice == "rotate":
            self.wanted["metadata"]["annotations"] = {"caseplane.dev/rotate-key": str(self.rng.random())}
            self.declare(cluster)
        elif choice == "drift" and "platform" not in self.batch.down:
            self._drift()

    def _edit(self, cluster: httpx.Client) -> None:
        spec = {
            "displayName": f"Actor {self.rng.randint(0, 999)} ü",
            "suspended": self.rng.random() < 0.1,
            "limits": {"burst": self.rng.randint(100, 999)},
            "namespaces": [self.batch.world.namespace],
            "reclaimPolicy": self.rng.choice(["Retain", "Delete"]),
        }
        self.wanted = tenant(self.name, **spec)
        self.sources = self.rng.sample(["a", "b", "c"], k=self.rng.randint(0, 3))
        self.declare(cluster)

    def declare(self, cluster: httpx.Client) -> None:
        """Apply what is wanted, as a GitOps controller does again and again."""
        if self.wanted is None:
            return
        sources = [{"name": name, "upload": {}} for name in self.sources]
        base = knowledge_base(self.name, self.name, *sources, reclaimPolicy="Delete")
        for path, body in ((self._tenant, self.wanted), (self._base, base)):
            answer = cluster.patch(f"{path}?fieldManager=gitops&force=true", json=body, headers=APPLY)
            assert answer.status_code in (200, 201), answer.text

    def _delete(self, cluster: httpx.Client) -> None:
        for path in self.rng.sample([self._tenant, self._base], k=2):
            cluster.delete(path)
        self.wanted = None

    def _drift(self) -> None:
        """Change the platform behind everybody's back."""
        with self.batch.world.admin() as admin:
            items = admin.get("/api/v1/tenants", params={"slug": self.name}).json()["items"]
            if not items:
                return
            path = f"/api/v1/tenants/{items[0]['tenant_id']}"
            change = {"display_name": "drifted", "settings": {"limits": {"burst": 5}}}
            if self.rng.random() < 0.2:
                admin.delete(path)
            elif self.rng.random() < 0.3:
                for key in admin.get(f"{path}/admin-keys").json()["items"]:
                    admin.delete(f"{path}/admin-keys/{key['key_id']}")
            else:
                admin.patch(path, json=change)

    # Is it as wanted? --------------------------------------------------------------------------------

    def amiss(self, cluster: httpx.Client) -> str:
        """What is not as declared; empty if all is."""
        there = [cluster.get(path) for path in (self._tenant, self._base)]
        if self.wanted is None:
            return "" if [a.status_code for a in there] == [404, 404] else "the resources are still there"
        if any(a.status_code == 404 or "deletionTimestamp" in a.json()["metadata"] for a in there):
            self.declare(cluster)
            return "declared again"
        return self._platform_amiss() or self._status_amiss([a.json() for a in there])

    def _status_amiss(self, bodies: list[dict[str, Any]]) -> str:
        assert self.wanted is not None, "the caller has looked"
        suspended = self.wanted["spec"]["suspended"]
        for body in bodies[:1] if suspended else bodies:
            found = {
                c["type"]: (c["status"], c["observedGeneration"])
                for c in body.get("status", {}).get("conditions", [])
            }
            if found.get("Synced") != ("True", body["metadata"]["generation"]):
                return f"{body['kind']}: {body.get('status')}"
        return ""

    def _platform_amiss(self) -> str:
        assert self.wanted is not None, "the caller has looked"
        spec = self.wanted["spec"]
        made = self.batch.world.tenant(self.name)
        if made is None:
            return "no tenant"
        expected = (spec["displayName"], "suspended" if spec["suspended"] else "active", spec["limits"])
        if (made["display_name"], made["status"], made["settings"].get("limits")) != expected:
            return f"the tenant is {made}"
        with self.batch.world.admin() as admin:
            keys = admin.get(f"/api/v1/tenants/{made['tenant_id']}/admin-keys").json()["items"]
        if len(keys) != 1:
            return f"{len(keys)} keys"
        return "" if spec["suspended"] else self._inside_amiss()

    def _inside_amiss(self) -> str:
        world = self.batch.world
        if world.get(f"secret/tenant-{self.name}") is None:
            return "no Secret"
        with world.as_tenant(self.name) as client:
            answer = client.get("/api/v1/knowledge-bases")
            if answer.status_code != 200:
                return f"the key is answered {answer.status_code}"
            found = {b["name"]: b["id"] for b in answer.json()["items"]}
            if list(found) != [f"{world.namespace}/{self.name}"]:
                return f"knowledge bases {list(found)}"
            sources = client.get(f"/api/v1/knowledge-bases/{next(iter(found.values()))}/sources").json()
        names = [s["name"] for s in sources]
        return "" if names == sorted(self.sources) else f"sources {names}, not {self.sources}"

    @property
    def _tenant(self) -> str:
        return f"{ROOT}/tenants/{self.name}"

    @property
    def _base(self) -> str:
        return f"{ROOT}/namespaces/{self.batch.world.namespace}/knowledgebases/{self.name}"


def run_batch(
    world: Operating, seed: int, *, actors: int, ticks: int = 6, within: float = 120
) -> list[float]:
    """Play a batch of schedules; gives the seconds that each took to be as declared once everything ran again.

    Raises:
        AssertionError: one was not, and with what history.
    """
    batch = Batch(world, random.Random(seed))
    people = [Actor(batch, random.Random(f"{seed}-{n}")) for n in range(actors)]
    with world.cluster.http() as cluster:
        for _ in range(ticks):
            for person in people:
                person.step(cluster)
            batch.disturb()
            time.sleep(batch.rng.random())
        for person in people:
            if person.wanted is not None:
                person.declare(cluster)
        batch.recover_all()
        return _settle(people, cluster, within=within)


def _settle(people: list[Actor], cluster: httpx.Client, *, within: float) -> list[float]:
    started, times = time.monotonic(), {}
    left = {person.name: person for person in people}
    while left:
        wrong = {name: person.amiss(cluster) for name, person in left.items()}
        passed = time.monotonic() - started
        times |= {name: passed for name, what in wrong.items() if not what}
        left = {name: person for name, person in left.items() if wrong[name]}
        histories = {name: (wrong[name], person.told, person.batch.told) for name, person in left.items()}
        assert passed < within, f"not as declared after {within:.0f} s: {histories}"
        time.sleep(0.2)
    return list(times.values())
