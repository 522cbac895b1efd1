"""Tenants as resources: the platform matches what is applied, and matches it again after any other change."""

import time
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.cluster.operating import Operating, tenant, unique, wait_for

pytestmark = pytest.mark.slow
DESK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def desk_secret(name: str, owner: str | None, **data: str) -> dict[str, Any]:
    """A Secret for a connector, offered to a tenant."""
    labels = {"caseplane.dev/tenant": owner} if owner else {}
    meta = {"name": name, "labels": labels}
    coded = {key: b64encode(value.encode()).decode() for key, value in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": coded}


def connector(secret: str, **more: Any) -> dict[str, Any]:
    return {"generic": {"url": "http://127.0.0.1:9/desk", "secretRef": {"name": secret}, **more}}


def spec_of(world: Operating, name: str) -> dict[str, Any]:
    found = world.get(f"tenant/{name}")
    assert found is not None
    spec: dict[str, Any] = found["spec"]
    return spec


def upload(world: Operating, name: str) -> dict[str, int]:
    """Counts of the ingestion of one document into a new knowledge base."""
    with world.as_tenant(name) as client:
        base = client.post("/api/v1/knowledge-bases", json={"name": unique("kb")}).raise_for_status().json()
        answer = client.post(
            f"/api/v1/knowledge-bases/{base['id']}/documents",
            params={"wait": 30},
            files={"file": ("returns.md", b"# Returns\n\nWithin 30 days.\n")},
        )
    counts: dict[str, int] = answer.raise_for_status().json()["counts"]
    return counts


class TestApply:
    def test_given_a_tenant_when_applied_then_its_key_opens_the_platform(self, world: Operating) -> None:
        name = unique()

        world.apply(tenant(name, displayName="Ünïcode 株式会社", models={"monthlyBudgetUsd": "12.50"}))
        ready = world.until(f"tenant/{name}", "Ready")
        world.until(f"tenant/{name}", "Synced")

        made = world.tenant(name)
        assert made is not None
        assert (made["display_name"], made["settings"]["llm"]) == (
            "Ünïcode 株式会社",
            {"monthly_budget_usd": "12.5"},
        )
        assert f"Secret {world.namespace}/tenant-{name}" in ready["message"]
        with world.as_tenant(name) as client:
            assert client.get("/api/v1/me").json()["tenant_id"] == made["tenant_id"]
        status = (world.get(f"tenant/{name}") or {})["status"]
        assert (status["phase"], status["tenantId"]) == ("Ready", made["tenant_id"])
        assert (status["usage"]["costUsd"], status["usage"]["budgetUsd"]) == ("0.00", "12.50")

    def test_given_a_shared_bill_and_conversations_when_reconciled_then_the_status_has_the_cost_of_each(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Synced")
        with world.as_tenant(name) as client:
            shop = client.post("/api/v1/api-keys", json={"name": "shop", "roles": ["customer"]}).json()["key"]
        with world.platform.client(shop) as client:
            for customer in ("c-1", "c-2"):
                client.post("/api/v1/sessions", json={"customer_id": customer}).raise_for_status()
        share = {"total": "120.50", "direct": "100.00", "shared": "20.00", "idle": "0.50"}
        bill = {"currency": "EUR", "total": "120.50", "tenants": {name: share}}
        with world.admin() as admin:
            admin.put(f"/api/v1/costs/{datetime.now(UTC):%Y-%m}", json=bill).raise_for_status()

        def costs() -> dict[str, Any]:
            found: dict[str, Any] = (world.get(f"tenant/{name}") or {})["status"].get("costs") or {}
            return found

        wait_for(lambda: costs().get("sessions") == 2 and "perSession" in costs(), lambda: str(costs()))
        said = costs()
        assert (said["currency"], said["basis"], said["total"]) == ("EUR", "estimated", "120.50")
        assert (said["perSession"], said["durablyResolved"]) == ("60.2500", 0)
        with world.as_tenant(name) as client:
            assert client.get("/api/v1/costs").json()["month"] == said["month"]

    def test_given_a_name_of_63_characters_when_applied_then_ready(self, world: Operating) -> None:
        name = unique("t" * 54)
        assert len(name) == 63

        world.apply(tenant(name))

        world.until(f"tenant/{name}", "Ready")

    def test_given_a_ready_tenant_when_edited_then_the_platform_follows(self, world: Operating) -> None:
        name = unique()
        world.apply(tenant(name, displayName="Before", limits={"requestsPerMinute": 900, "documents": 0}))
        world.until(f"tenant/{name}", "Synced")
        before = upload(world, name)

        world.apply(tenant(name, displayName="After", limits={"burst": 77}))
        world.until(f"tenant/{name}", "Synced")

        made = world.tenant(name)
        assert made is not None
        assert (made["display_name"], made["settings"]["limits"]) == ("After", {"burst": 77})
        assert (before["failed"], upload(world, name)["indexed"]) == (1, 1)

    def test_given_a_tenant_when_suspended_and_resumed_then_its_key_is_refused_and_accepted(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")

        world.apply(tenant(name, suspended=True))
        world.until(f"tenant/{name}", "Ready", status="False", reason="Suspended")
        with world.as_tenant(name) as client:
            wait_for(lambda: client.get("/api/v1/me").status_code == 403, lambda: "the key is accepted")
            world.apply(tenant(name, suspended=False))
            world.until(f"tenant/{name}", "Ready")
            assert client.get("/api/v1/me").status_code == 200

    def test_given_an_operator_when_it_works_then_it_writes_nothing_of_the_spec(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name, displayName="Mine"))
        world.until(f"tenant/{name}", "Synced")

        fields = world.cluster.kubectl.json("get", f"tenant/{name}", "--show-managed-fields")["metadata"]
        ours = [entry for entry in fields["managedFields"] if entry["manager"] == "caseplane-operator"]
        assert {entry.get("subresource", "") for entry in ours} == {"", "status"}
        (main,) = [entry["fieldsV1"] for entry in ours if not entry.get("subresource")]
        assert list(main) == ["f:metadata"]
        assert list(main["f:metadata"]) == ["f:finalizers"]
        assert set(fields.get("annotations") or {}) == set()

    def test_given_a_settled_tenant_when_time_passes_then_nothing_is_written(self, world: Operating) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Synced")
        time.sleep(1)
        before = (world.get(f"tenant/{name}") or {})["metadata"]["resourceVersion"]

        time.sleep(6)  # longer than a resync

        assert (world.get(f"tenant/{name}") or {})["metadata"]["resourceVersion"] == before


class TestDrift:
    def test_given_a_tenant_changed_in_the_platform_when_reconciled_again_then_corrected(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name, displayName="Right", limits={"burst": 50}))
        world.until(f"tenant/{name}", "Synced")
        made = world.tenant(name)
        assert made is not None
        change = {"display_name": "Wrong", "status": "suspended", "settings": {"limits": {"burst": 9}}}
        with world.admin() as admin:
            admin.patch(f"/api/v1/tenants/{made['tenant_id']}", json=change).raise_for_status()

        def right() -> bool:
            now = world.tenant(name) or {}
            return (now["display_name"], now["status"], now["settings"]["limits"]) == (
                "Right",
                "active",
                {"burst": 50},
            )

        wait_for(right, lambda: str(world.tenant(name)))

    @pytest.mark.parametrize("garble", ["deleted", "emptied", "revoked", "another tenant's"])
    def test_given_a_key_that_no_longer_opens_the_tenant_when_reconciled_again_then_a_new_one_is_there(
        self, world: Operating, garble: str
    ) -> None:
        name, other = unique(), unique()
        world.apply(tenant(name), tenant(other))
        for each in (name, other):
            world.until(f"tenant/{each}", "Ready")
        before = world.secret(f"tenant-{name}")["api-key"]
        kubectl, where = world.cluster.kubectl, ("-n", world.namespace)
        if garble == "deleted":
            kubectl("delete", "secret", f"tenant-{name}", *where)
        elif garble == "revoked":
            with world.as_tenant(name) as client:
                (key,) = client.get("/api/v1/api-keys").json()["items"]
                client.delete(f"/api/v1/api-keys/{key['key_id']}").raise_for_status()
        else:
            foreign = world.secret(f"tenant-{other}")["api-key"] if garble == "another tenant's" else ""
            patch = f'{{"stringData": {{"api-key": "{foreign}"}}}}'
            kubectl("patch", "secret", f"tenant-{name}", "-p", patch, *where)

        def works() -> bool:
            if world.get(f"secret/tenant-{name}") is None or not world.secret(f"tenant-{name}")["api-key"]:
                return False
            with world.as_tenant(name) as client:
                me = client.get("/api/v1/me")
            mine = (world.tenant(name) or {})["tenant_id"]
            return me.status_code == 200 and me.json()["tenant_id"] == mine

        wait_for(works, lambda: str(world.get(f"tenant/{name}")))
        assert world.secret(f"tenant-{name}")["api-key"] != before

    def test_given_a_tenant_erased_in_the_platform_when_reconciled_again_then_made_again(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")
        before = (world.tenant(name) or {})["tenant_id"]
        with world.admin() as admin:
            admin.delete(f"/api/v1/tenants/{before}").raise_for_status()

        def made_again() -> bool:
            now = world.tenant(name)
            return now is not None and now["tenant_id"] != before and now["status"] == "active"

        wait_for(made_again, lambda: str(world.get(f"tenant/{name}")))
        world.until(f"tenant/{name}", "Synced")
        with world.as_tenant(name) as client:
            wait_for(lambda: client.get("/api/v1/me").status_code == 200, lambda: "the key is refused")


class TestKeys:
    def test_given_a_ready_tenant_when_a_new_key_is_requested_then_the_old_one_ends_after_its_grace(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")
        old = world.secret(f"tenant-{name}")["api-key"]

        world.annotate(f"tenant/{name}", rotate_key="2026-11")
        wait_for(lambda: world.secret(f"tenant-{name}")["api-key"] != old, lambda: "the key is the same")

        with world.platform.client(old) as before, world.as_tenant(name) as now:
            assert now.get("/api/v1/me").status_code == 200
            assert before.get("/api/v1/me").status_code == 200
            wait_for(lambda: before.get("/api/v1/me").status_code == 401, lambda: "the old key is accepted")
            keys = now.get("/api/v1/api-keys").json()["items"]
        assert [key["revoked_at"] is None for key in keys] == [False, True]
        assert "rotate-key" in str((world.get(f"tenant/{name}") or {})["metadata"]["annotations"])

    def test_given_another_owners_secret_of_the_name_when_applied_then_left_alone_and_reported(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(desk_secret(f"tenant-{name}", None, mine="1"), tenant(name))

        condition = world.until(f"tenant/{name}", "Degraded", reason="KeySecretTaken")

        assert "another spec.keySecret" in condition["message"]
        assert world.secret(f"tenant-{name}") == {"mine": "1"}
        world.cluster.kubectl("delete", "secret", f"tenant-{name}", "-n", world.namespace)
        world.until(f"tenant/{name}", "Ready")

    def test_given_a_namespace_without_grants_when_named_for_the_key_then_forbidden_is_reported(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name, keySecret={"namespace": "kube-system"}))

        condition = world.until(f"tenant/{name}", "Degraded", reason="Forbidden")

        assert "operator.secretNamespaces" in condition["message"]


class TestIdentity:
    def test_given_an_issuer_when_applied_changed_and_removed_then_the_platform_accepts_just_that(
        self, world: Operating
    ) -> None:
        name = unique()
        first = {"issuer": f"https://{name}.example", "audience": "a", "roleMapping": {"staff": "agent"}}

        def issuers() -> list[tuple[str, str, dict[str, str]]]:
            with world.as_tenant(name) as client:
                items = client.get("/api/v1/identity-providers").json()["items"]
            return [(i["issuer"], i["audience"], i["role_mapping"]) for i in items]

        world.apply(tenant(name, identity=first))
        world.until(f"tenant/{name}", "Synced")
        assert issuers() == [(first["issuer"], "a", {"staff": "agent"})]
        with world.as_tenant(name) as client:  # without the operator
            body = {"issuer": f"https://{name}-2.example", "audience": "b"}
            client.post("/api/v1/identity-providers", json=body).raise_for_status()
        wait_for(lambda: len(issuers()) == 1, lambda: str(issuers()))
        world.apply(tenant(name, identity={**first, "audience": "c"}))
        wait_for(lambda: [i[1] for i in issuers()] == ["c"], lambda: str(issuers()))

        world.apply(tenant(name))

        wait_for(lambda: issuers() == [], lambda: str(issuers()))

    def test_given_another_tenants_issuer_when_applied_then_reported_and_the_tenant_still_ready(
        self, world: Operating
    ) -> None:
        one, other = unique(), unique()
        identity = {"issuer": f"https://{one}.example", "audience": "a"}
        world.apply(tenant(one, identity=identity))
        world.until(f"tenant/{one}", "Synced")

        world.apply(tenant(other, identity=identity))

        world.until(f"tenant/{other}", "Degraded", reason="IssuerTaken")
        world.until(f"tenant/{other}", "Ready")


class TestConnector:
    def connectors(self, world: Operating, name: str) -> list[dict[str, Any]]:
        with world.as_tenant(name) as client:
            found: list[dict[str, Any]] = client.get("/api/v1/connectors").json()
        return found

    def test_given_a_connector_when_its_secret_comes_changes_and_goes_then_the_platform_follows(
        self, world: Operating
    ) -> None:
        name, desk = unique(), unique("desk")
        world.apply(tenant(name, connector=connector(desk)))
        condition = world.until(f"tenant/{name}", "Degraded", reason="ConnectorSecretMissing")
        assert f"{world.namespace}/{desk}" in condition["message"]
        world.until(f"tenant/{name}", "Ready")

        world.apply(desk_secret(desk, None, secret=DESK))
        world.until(f"tenant/{name}", "Degraded", reason="ConnectorSecretNotOffered")
        world.apply(desk_secret(desk, name, other=DESK))
        world.until(f"tenant/{name}", "Degraded", reason="ConnectorSecretMissing")
        world.apply(desk_secret(desk, name, secret="not a signing key"))
        world.until(f"tenant/{name}", "Degraded", reason="ConnectorRefused")
        world.apply(desk_secret(desk, name, secret=DESK))
        world.until(f"tenant/{name}", "Degraded", status="False")

        (made,) = self.connectors(world, name)
        assert (made["name"], made["enabled"]) == ("Kubernetes", True)
        status = (world.get(f"tenant/{name}") or {})["status"]["connector"]
        assert status["hookUrl"].endswith(made["hook_path"])
        version = made["version"]
        world.apply(desk_secret(desk, name, secret=DESK.replace("M", "N", 1)))
        wait_for(
            lambda: self.connectors(world, name)[0]["version"] > version,
            lambda: "no new secret was sent",
        )
        world.apply(tenant(name))
        wait_for(lambda: self.connectors(world, name) == [], lambda: str(self.connectors(world, name)))

    def test_given_a_connector_when_changed_or_removed_in_the_platform_then_corrected(
        self, world: Operating
    ) -> None:
        name, desk = unique(), unique("desk")
        world.apply(
            desk_secret(desk, name, secret=DESK), tenant(name, connector=connector(desk, maxAttempts=3))
        )
        world.until(f"tenant/{name}", "Synced")
        (made,) = self.connectors(world, name)
        path = f"/api/v1/connectors/{made['connection_id']}"
        with world.as_tenant(name) as client:
            change = {"url": "http://127.0.0.1:9/elsewhere", "enabled": False}
            client.patch(path, json=change, headers={"If-Match": f'"{made["version"]}"'}).raise_for_status()

        def right() -> bool:
            return [
                (c["url"], c["enabled"], c["settings"]["max_attempts"]) for c in self.connectors(world, name)
            ] == [("http://127.0.0.1:9/desk", True, 3)]

        wait_for(right, lambda: str(self.connectors(world, name)))
        with world.as_tenant(name) as client:
            client.delete(path).raise_for_status()
        wait_for(right, lambda: str(self.connectors(world, name)))


class TestDeletion:
    def test_given_retain_when_deleted_and_applied_again_then_the_same_tenant_with_a_new_key(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")
        before, key = world.tenant(name), world.secret(f"tenant-{name}")["api-key"]

        world.delete(f"tenant/{name}")
        world.until_gone(f"tenant/{name}")

        now = world.tenant(name)
        assert now is not None
        assert before is not None
        assert (now["tenant_id"], now["status"]) == (before["tenant_id"], "active")
        assert world.get(f"secret/tenant-{name}") is None
        with world.platform.client(key) as client:
            assert client.get("/api/v1/me").status_code == 401
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")
        assert (world.tenant(name) or {})["tenant_id"] == before["tenant_id"]

    def test_given_delete_when_deleted_then_erased_before_the_resource_goes(self, world: Operating) -> None:
        name = unique()
        world.apply(tenant(name, reclaimPolicy="Delete"))
        world.until(f"tenant/{name}", "Ready")
        tenant_id = (world.tenant(name) or {})["tenant_id"]

        world.delete(f"tenant/{name}")
        world.until_gone(f"tenant/{name}")

        with world.admin() as admin:
            assert admin.get(f"/api/v1/tenants/{tenant_id}").json()["status"] == "erased"
        assert world.get(f"secret/tenant-{name}") is None

    def test_given_the_platform_gone_when_deleted_then_reported_and_let_go_on_request(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name, reclaimPolicy="Delete"))
        world.until(f"tenant/{name}", "Ready")
        world.platform.kill()
        try:
            world.delete(f"tenant/{name}")
            condition = world.until(f"tenant/{name}", "Degraded", reason="PlatformUnreachable")
            assert "caseplane.dev/release=true" in condition["message"]

            world.annotate(f"tenant/{name}", release="true")

            world.until_gone(f"tenant/{name}", within=20)
        finally:
            world.platform.start()
        with pytest.raises(httpx.HTTPError), world.platform.client("x") as client:
            client.get("/api/v1/me").raise_for_status()
