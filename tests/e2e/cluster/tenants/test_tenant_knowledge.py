"""Knowledge bases as resources: files are found and cited, and edits, deletions and drift end in what the resource says."""

from typing import Any

import pytest
from tests.cluster.operating import Operating, knowledge_base, tenant, unique, wait_for

pytestmark = pytest.mark.slow
PUMP = "# Restart the pump\n\nTo restart the pump, hold the green button for five seconds.\n"
FILTER = "# Clean the filter\n\nRinse the filter with cold water every month.\n"


def files(prefix: str, name: str = "docs") -> dict[str, Any]:
    return {"name": name, "objectStore": {"prefix": prefix}}


def make_tenant(world: Operating, **spec: Any) -> tuple[str, str]:
    """A ready tenant that admits the namespace: its name and its id."""
    name = unique()
    world.apply(tenant(name, namespaces=[world.namespace], **spec))
    world.until(f"tenant/{name}", "Ready")
    return name, str((world.tenant(name) or {})["tenant_id"])


def bases(world: Operating, owner: str) -> list[dict[str, Any]]:
    with world.as_tenant(owner) as client:
        items: list[dict[str, Any]] = client.get("/api/v1/knowledge-bases").raise_for_status().json()["items"]
    return items


def base_of(world: Operating, owner: str, name: str) -> dict[str, Any]:
    (found,) = [b for b in bases(world, owner) if b["name"] == f"{world.namespace}/{name}"]
    return found


def sources(world: Operating, owner: str, name: str) -> list[dict[str, Any]]:
    with world.as_tenant(owner) as client:
        path = f"/api/v1/knowledge-bases/{base_of(world, owner, name)['id']}/sources"
        found: list[dict[str, Any]] = client.get(path).raise_for_status().json()
    return found


def ask(world: Operating, owner: str, question: str) -> dict[str, Any]:
    """What a customer is answered, asked with the key from the Secret."""
    with world.as_tenant(owner) as client:
        made = client.post("/api/v1/api-keys", json={"name": "shop", "roles": ["customer"]}).json()
    with world.platform.client(made["key"]) as shop:
        session = shop.post("/api/v1/sessions", json={"customer_id": "c-1"}).raise_for_status().json()
        path = f"/api/v1/sessions/{session['session_id']}/messages"
        answer = shop.post(path, params={"wait": 45}, json={"content": question}).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


class TestKnowledge:
    def test_given_tenant_and_files_when_applied_then_a_question_is_answered_with_citations_until_they_go(
        self, world: Operating
    ) -> None:
        owner, tenant_id = make_tenant(world)
        world.put(tenant_id, "guide/pump.md", PUMP)
        name = unique("kb")

        world.apply(knowledge_base(name, owner, files("guide"), reclaimPolicy="Delete"))
        world.until(f"knowledgebase/{name}", "Synced")

        answer = ask(world, owner, "How do I restart the pump?")
        assert "green button" in answer["reply"]["content"]
        assert answer["reply"]["citations"][0]["quote"]
        world.put(tenant_id, "other/filter.md", FILTER)
        world.apply(knowledge_base(name, owner, files("other"), reclaimPolicy="Delete"))
        world.until(f"knowledgebase/{name}", "Synced")
        wait_for(
            lambda: [s["prefix"] for s in sources(world, owner, name)] == ["other"],
            lambda: str(sources(world, owner, name)),
        )
        status = (world.get(f"knowledgebase/{name}") or {})["status"]
        assert (status["documents"], status["phase"]) == (1, "Ready")
        assert "cold water" in ask(world, owner, "How do I clean the filter?")["reply"]["content"]
        assert ask(world, owner, "How do I restart the pump?")["reply"] is None
        world.delete(f"knowledgebase/{name}")
        world.until_gone(f"knowledgebase/{name}")
        assert bases(world, owner) == []

    def test_given_retain_when_deleted_then_still_searched_and_taken_up_again(self, world: Operating) -> None:
        owner, tenant_id = make_tenant(world)
        world.put(tenant_id, "guide/pump.md", PUMP)
        name = unique("kb")
        world.apply(knowledge_base(name, owner, files("guide")))
        world.until(f"knowledgebase/{name}", "Synced")
        before = base_of(world, owner, name)

        world.delete(f"knowledgebase/{name}")
        world.until_gone(f"knowledgebase/{name}")

        assert base_of(world, owner, name)["documents"] == 1
        world.apply(knowledge_base(name, owner, files("guide"), description="again"))
        world.until(f"knowledgebase/{name}", "Synced")
        now = base_of(world, owner, name)
        assert (now["id"], now["description"]) == (before["id"], "again")

    def test_given_a_new_file_when_a_synchronisation_is_requested_then_it_is_indexed_now(
        self, world: Operating
    ) -> None:
        owner, tenant_id = make_tenant(world)
        name = unique("kb")
        schedule = {"suspended": True}
        world.apply(knowledge_base(name, owner, files("guide"), schedule=schedule))
        world.until(f"knowledgebase/{name}", "Synced", status="False", reason="SourceWaiting")
        world.put(tenant_id, "guide/pump.md", PUMP)

        world.annotate(f"knowledgebase/{name}", sync_requested="1")
        world.until(f"knowledgebase/{name}", "Synced")

        status = (world.get(f"knowledgebase/{name}") or {})["status"]
        assert (status["documents"], status["lastSyncRequest"]) == (1, "1")
        world.put(tenant_id, "guide/filter.md", FILTER)
        world.annotate(f"knowledgebase/{name}", sync_requested="2")
        wait_for(
            lambda: (world.get(f"knowledgebase/{name}") or {})["status"]["documents"] == 2,
            lambda: str(world.get(f"knowledgebase/{name}")),
        )

    def test_given_a_file_that_cannot_be_read_when_synced_then_it_is_named(self, world: Operating) -> None:
        owner, tenant_id = make_tenant(world)
        world.put(tenant_id, "guide/pump.md", PUMP)
        world.put(tenant_id, "guide/broken.pdf", "%PDF-1.7 and nothing more")
        name = unique("kb")

        world.apply(knowledge_base(name, owner, files("guide")))
        condition = world.until(f"knowledgebase/{name}", "Degraded", reason="DocumentsFailed")

        assert "broken.pdf" in condition["message"]
        assert "1 of 2 files" in condition["message"]
        world.until(f"knowledgebase/{name}", "Ready")


class TestWhoseTenant:
    def test_given_no_such_tenant_when_applied_then_reported_until_it_exists(self, world: Operating) -> None:
        owner, name = unique(), unique("kb")
        world.apply(knowledge_base(name, owner))
        condition = world.until(f"knowledgebase/{name}", "Ready", status="False", reason="TenantNotAvailable")
        assert owner in condition["message"]

        world.apply(tenant(owner, namespaces=["*"]))

        world.until(f"knowledgebase/{name}", "Ready")

    def test_given_a_tenant_of_others_when_named_then_as_if_there_were_none(self, world: Operating) -> None:
        owner, name = unique(), unique("kb")
        world.apply(
            tenant(owner, namespaces=["elsewhere"]), knowledge_base(name, owner, reclaimPolicy="Delete")
        )
        world.until(f"tenant/{owner}", "Ready")

        world.until(f"knowledgebase/{name}", "Ready", status="False", reason="TenantNotAvailable")

        assert bases(world, owner) == []
        world.delete(f"knowledgebase/{name}")
        world.until_gone(f"knowledgebase/{name}")

    def test_given_a_suspended_tenant_kept_without_its_resource_when_its_knowledge_base_is_deleted_then_it_goes(
        self, world: Operating
    ) -> None:
        owner, tenant_id = make_tenant(world)
        name = unique("kb")
        world.apply(knowledge_base(name, owner, {"name": "up", "upload": {}}, reclaimPolicy="Delete"))
        world.until(f"knowledgebase/{name}", "Synced")
        world.apply(tenant(owner, namespaces=[world.namespace], suspended=True))
        world.until(f"tenant/{owner}", "Ready", status="False", reason="Suspended")

        world.delete(f"tenant/{owner}")
        world.until_gone(f"tenant/{owner}")
        world.delete(f"knowledgebase/{name}")
        world.until_gone(f"knowledgebase/{name}")

        world.apply(tenant(owner, namespaces=[world.namespace]))
        world.until(f"tenant/{owner}", "Ready")
        assert (world.tenant(owner) or {})["tenant_id"] == tenant_id
        assert bases(world, owner) == []

    @pytest.mark.parametrize("policy", ["Retain", "Delete"])
    def test_given_a_tenant_deleted_first_when_its_knowledge_base_is_deleted_then_both_go(
        self, world: Operating, policy: str
    ) -> None:
        owner, tenant_id = make_tenant(world, reclaimPolicy=policy)
        name = unique("kb")
        world.apply(knowledge_base(name, owner, {"name": "up", "upload": {}}, reclaimPolicy="Delete"))
        world.until(f"knowledgebase/{name}", "Synced")

        world.delete(f"tenant/{owner}")
        world.until_gone(f"tenant/{owner}")
        world.delete(f"knowledgebase/{name}")
        world.until_gone(f"knowledgebase/{name}")

        with world.admin() as admin:
            kept = admin.get(f"/api/v1/tenants/{tenant_id}").json()
            if policy == "Delete":
                assert kept["status"] == "erased"
                return
            keys = f"/api/v1/tenants/{tenant_id}/admin-keys"
            assert admin.get(keys).json()["items"] == []
            key = admin.post(keys, json={"name": "test"}).json()["key"]
        with world.platform.client(key) as client:
            assert client.get("/api/v1/knowledge-bases").json()["items"] == []


class TestDeletionWithoutThePlatform:
    def test_given_the_platform_gone_when_deleted_then_reported_and_let_go_on_request(
        self, world: Operating
    ) -> None:
        owner, _ = make_tenant(world)
        kept, lost = unique("kb"), unique("kb")
        world.apply(knowledge_base(kept, owner), knowledge_base(lost, owner, reclaimPolicy="Delete"))
        for name in (kept, lost):
            world.until(f"knowledgebase/{name}", "Synced")
        world.platform.kill()
        try:
            world.delete(f"knowledgebase/{kept}")
            world.until_gone(f"knowledgebase/{kept}", within=20)  # it needs nothing of the platform
            world.delete(f"knowledgebase/{lost}")
            condition = world.until(f"knowledgebase/{lost}", "Degraded", reason="PlatformUnreachable")
            assert "caseplane.dev/release=true" in condition["message"]
            world.annotate(f"knowledgebase/{lost}", release="true")
            world.until_gone(f"knowledgebase/{lost}", within=20)
        finally:
            world.platform.start()

    def test_given_a_namespace_deleted_while_the_platform_is_gone_when_it_is_back_then_the_namespace_ends(
        self, world: Operating
    ) -> None:
        space, name, kubectl = unique("space"), unique("kb"), world.cluster.kubectl
        kubectl("create", "namespace", space)
        owner = unique()
        world.apply(tenant(owner, namespaces=[space]))
        world.until(f"tenant/{owner}", "Ready")
        kubectl.apply(knowledge_base(name, owner, reclaimPolicy="Delete"), namespace=space)
        wait_for(lambda: len(bases(world, owner)) == 1, lambda: "there is no knowledge base")
        world.platform.kill()
        try:
            kubectl("delete", "namespace", space, "--wait=false")
            # Nothing new can be written there, not even an event.
            phase = ("get", f"knowledgebase/{name}", "-n", space, "-o=jsonpath={.status.phase}")
            wait_for(lambda: kubectl(*phase) == "Deleting", lambda: kubectl(*phase))
        finally:
            world.platform.start()

        kubectl("wait", "--for=delete", f"namespace/{space}", "--timeout=60s", timeout=80)
        assert bases(world, owner) == []


class TestSources:
    def test_given_two_knowledge_bases_on_one_prefix_when_applied_then_the_younger_reports_the_older(
        self, world: Operating
    ) -> None:
        owner, _ = make_tenant(world)
        older, younger = unique("kb"), unique("kb")
        world.apply(knowledge_base(older, owner, files("guide")))
        world.until(f"knowledgebase/{older}", "Synced")
        world.apply(knowledge_base(younger, owner, files("guide/en"), {"name": "up", "upload": {}}))

        condition = world.until(f"knowledgebase/{younger}", "Degraded", reason="PrefixTaken")

        assert f"{world.namespace}/{older}" in condition["message"]
        assert [s["name"] for s in sources(world, owner, younger)] == ["up"]
        world.delete(f"knowledgebase/{older}")
        world.until(f"knowledgebase/{younger}", "Synced")
        assert [s["name"] for s in sources(world, owner, younger)] == ["docs", "up"]

    def test_given_drift_when_reconciled_again_then_corrected_and_others_sources_left_alone(
        self, world: Operating
    ) -> None:
        owner, _ = make_tenant(world)
        name = unique("kb")
        world.apply(
            knowledge_base(
                name,
                owner,
                {**files("guide"), "acl": ["staff"]},
                {"name": "up", "upload": {}},
                acl=["b", "a"],
            )
        )
        world.until(f"knowledgebase/{name}", "Synced")
        base = f"/api/v1/knowledge-bases/{base_of(world, owner, name)['id']}"
        ids = {s["name"]: s["id"] for s in sources(world, owner, name)}
        with world.as_tenant(owner) as client:
            client.patch(base, json={"acl": [], "description": "x"}).raise_for_status()
            client.delete(f"{base}/sources/{ids['up']}").raise_for_status()
            client.patch(
                f"{base}/sources/{ids['docs']}", json={"prefix": "else", "acl": []}
            ).raise_for_status()
            client.post(f"{base}/sources", json={"name": "own"}).raise_for_status()

        def right() -> bool:
            now = {s["name"]: (s["kind"], s["prefix"], s["acl"]) for s in sources(world, owner, name)}
            base = base_of(world, owner, name)
            return (sorted(base["acl"]), base["description"]) == (["a", "b"], "") and now == {
                "docs": ("object_store", "guide", ["staff"]),
                "up": ("upload", "", []),
                "own": ("upload", "", []),
            }

        wait_for(right, lambda: str(sources(world, owner, name)))
        world.apply(knowledge_base(name, owner, files("guide")))
        wait_for(
            lambda: {s["name"] for s in sources(world, owner, name)} == {"docs", "own"},
            lambda: str(sources(world, owner, name)),
        )

    def test_given_a_knowledge_base_deleted_in_the_platform_when_reconciled_again_then_made_and_read_again(
        self, world: Operating
    ) -> None:
        owner, tenant_id = make_tenant(world)
        world.put(tenant_id, "guide/pump.md", PUMP)
        name = unique("kb")
        world.apply(knowledge_base(name, owner, files("guide")))
        world.until(f"knowledgebase/{name}", "Synced")
        before = base_of(world, owner, name)["id"]
        with world.as_tenant(owner) as client:
            client.delete(f"/api/v1/knowledge-bases/{before}").raise_for_status()

        def made_again() -> bool:
            found = bases(world, owner)
            return bool(found) and found[0]["id"] != before and found[0]["documents"] == 1

        wait_for(made_again, lambda: str(world.get(f"knowledgebase/{name}")))
        world.until(f"knowledgebase/{name}", "Synced")

    def test_given_another_partys_source_of_another_kind_when_named_then_reported_and_left_alone(
        self, world: Operating
    ) -> None:
        owner, _ = make_tenant(world)
        name = unique("kb")
        world.apply(knowledge_base(name, owner))
        world.until(f"knowledgebase/{name}", "Synced")
        with world.as_tenant(owner) as client:
            path = f"/api/v1/knowledge-bases/{base_of(world, owner, name)['id']}/sources"
            client.post(path, json={"name": "docs"}).raise_for_status()

        world.apply(knowledge_base(name, owner, files("guide")))

        world.until(f"knowledgebase/{name}", "Degraded", reason="SourceTaken")
        assert [(s["name"], s["kind"]) for s in sources(world, owner, name)] == [("docs", "upload")]
