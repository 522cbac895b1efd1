"""Random schedules: people edit and delete, the platform is changed by hand, and processes are killed meanwhile.

An actor is one person with a Tenant and a KnowledgeBase. Actors of a batch share the faults, as tenants of one installation do.
"""

import random
import time
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.cluster.operating import Operating, knowledge_base, tenant, unique
from tests.toolchain.progress import say

APPLY = {"Content-Type": "application/apply-patch+yaml"}
ROOT = "/apis/caseplane.dev/v1alpha1"


@dataclass
class Batch:
    """A cluster, a platform and an operator, all of which may be killed."""

    world: Operating
    rng: random.Random
    http: httpx.Client
    """To the platform; one for all, since each costs more to make than what is asked through it."""
    down: set[str] = field(default_factory=set)
    history: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *, key: str = "", **more: Any) -> httpx.Response:
        """A request to the platform, under its own key or a tenant's."""
        bearer = key or self.world.platform.folder.secrets().platform_admin_key
        headers = {"Authorization": f"Bearer {bearer}"}
        return self.http.request(method, f"/api/v1{path}", headers=headers, **more)

    def tenant(self, slug: str) -> dict[str, Any] | None:
        found = self.ask("GET", "/tenants", params={"slug": slug}).raise_for_status().json()["items"]
        return found[0] if found else None

    def disturb(self) -> None:
        """Kill a process, or start one again."""
        if self.down and self.rng.random() < 0.6:
            self.recover(self.down.pop())
            return
        what = self.rng.choice(["operator", "platform", "apiserver", "nothing", "nothing"])
        if what in self.down or what == "nothing":
            return
        self.history.append(f"kill {what}")
        if what == "operator":
            self.world.kill()
        elif what == "platform":
            self.world.platform.kill()
        else:
            self.world.cluster.restart_apiserver()
            return
        self.down.add(what)

    def recover(self, what: str) -> None:
        self.history.append(f"start {what}")
        if what == "operator":
            self.world.start()
        else:
            self.world.platform.start()

    def revive(self) -> None:
        """Start an operator that ended by itself, as a kubelet would: without its lease it may not go on."""
        process = self.world.process
        if "operator" not in self.down and process is not None and not process.running:
            self.recover("operator")

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
    history: list[str] = field(default_factory=list)

    def step(self, cluster: httpx.Client) -> None:
        """Do something, or nothing."""
        choice = self.rng.choice(["edit", "edit", "edit", "delete", "drift", "rotate", "rest"])
        self.history.append(choice)
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

    def leave(self, cluster: httpx.Client) -> None:
        """Want nothing any more."""
        self._delete(cluster)

    def _drift(self) -> None:
        """Change the platform directly."""
        made = self.batch.tenant(self.name)
        if made is None:
            return
        path = f"/tenants/{made['tenant_id']}"
        if self.rng.random() < 0.2:
            self.batch.ask("DELETE", path)
        elif self.rng.random() < 0.3:
            for key in self.batch.ask("GET", f"{path}/admin-keys").json()["items"]:
                self.batch.ask("DELETE", f"{path}/admin-keys/{key['key_id']}")
        else:
            change = {"display_name": "drifted", "settings": {"limits": {"burst": 5}}}
            self.batch.ask("PATCH", path, json=change)

    # Is it as wanted? --------------------------------------------------------------------------------

    def mismatch(self, cluster: httpx.Client) -> str:
        """What is not as declared; empty if all is."""
        there = [cluster.get(path) for path in (self._tenant, self._base)]
        if self.wanted is None:
            return "" if [a.status_code for a in there] == [404, 404] else "the resources are still there"
        if any(a.status_code == 404 or "deletionTimestamp" in a.json()["metadata"] for a in there):
            self.declare(cluster)
            return "declared again"
        return self._platform_mismatch(cluster) or self._status_mismatch([a.json() for a in there])

    def _status_mismatch(self, bodies: list[dict[str, Any]]) -> str:
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

    def _platform_mismatch(self, cluster: httpx.Client) -> str:
        assert self.wanted is not None, "the caller has looked"
        spec = self.wanted["spec"]
        made = self.batch.tenant(self.name)
        if made is None:
            return "no tenant"
        expected = (spec["displayName"], "suspended" if spec["suspended"] else "active", spec["limits"])
        if (made["display_name"], made["status"], made["settings"].get("limits")) != expected:
            return f"the tenant is {made}"
        keys = self.batch.ask("GET", f"/tenants/{made['tenant_id']}/admin-keys").json()["items"]
        if len(keys) != 1:
            return f"{len(keys)} keys"
        return "" if spec["suspended"] else self._inside_mismatch(cluster)

    def _inside_mismatch(self, cluster: httpx.Client) -> str:
        space = self.batch.world.namespace
        secret = cluster.get(f"/api/v1/namespaces/{space}/secrets/tenant-{self.name}")
        if secret.status_code == 404:
            return "no Secret"
        key = b64decode(secret.raise_for_status().json()["data"]["api-key"]).decode()
        answer = self.batch.ask("GET", "/knowledge-bases", key=key)
        if answer.status_code != 200:
            return f"the key is answered {answer.status_code}"
        found = {b["name"]: b["id"] for b in answer.json()["items"]}
        if list(found) != [f"{space}/{self.name}"]:
            return f"knowledge bases {list(found)}"
        path = f"/knowledge-bases/{next(iter(found.values()))}/sources"
        names = [s["name"] for s in self.batch.ask("GET", path, key=key).json()]
        return "" if names == sorted(self.sources) else f"sources {names}, not {self.sources}"

    @property
    def _tenant(self) -> str:
        return f"{ROOT}/tenants/{self.name}"

    @property
    def _base(self) -> str:
        return f"{ROOT}/namespaces/{self.batch.world.namespace}/knowledgebases/{self.name}"


def run_batch(
    world: Operating, seed: int, *, actors: int, ticks: int = 8, within: float = 180
) -> list[float]:
    """Play a batch of schedules; gives the seconds that each took to be as declared once everything ran again.

    Raises:
        AssertionError: one was not, and with what history.
    """
    with world.cluster.http() as cluster, httpx.Client(base_url=world.address, timeout=90) as http:
        batch = Batch(world, random.Random(seed), http)
        people = [Actor(batch, random.Random(f"{seed}-{n}")) for n in range(actors)]
        for _ in range(ticks):
            for person in people:
                person.step(cluster)
            batch.revive()
            batch.disturb()
            time.sleep(batch.rng.random())
        for person in people:
            if person.wanted is not None:
                person.declare(cluster)
        batch.recover_all()
        times = _converge(people, cluster, within=within)
        # Left behind, they would be looked at every few seconds for as long as the tests run.
        for person in people:
            person.leave(cluster)
        _converge(people, cluster, within=within)
        return times


def _converge(people: list[Actor], cluster: httpx.Client, *, within: float) -> list[float]:
    started = time.monotonic()
    times: dict[str, float] = {}
    left = {person.name: person for person in people}
    course: dict[str, list[str]] = {person.name: [] for person in people}
    while left:
        people[0].batch.revive()
        wrong: dict[str, str] = {}
        for name, person in left.items():
            wrong[name] = person.mismatch(cluster)
            times[name] = time.monotonic() - started
            said = wrong[name][:40] or "as declared"
            if not course[name] or said not in course[name][-1]:
                course[name].append(f"{times[name]:.1f} s: {said}")
        left = {name: person for name, person in left.items() if wrong[name]}
        histories = {
            name: (wrong[name], person.history, person.batch.history) for name, person in left.items()
        }
        assert not left or time.monotonic() - started < within, (
            f"not as declared after {within:.0f} s: {histories}\n{people[0].batch.world.log()[-3000:]}"
        )
        time.sleep(0.2)
    slowest = max(times, key=lambda name: times[name])
    say(f"{people[0].batch.history}: {len(times)} as declared; the slowest: {', '.join(course[slowest])}")
    return list(times.values())
