"""Outages of each neighbour, a second operator, an upgraded definition, and the limits of the grants."""

import json
import time
from dataclasses import replace

import pytest
import yaml
from tests.cluster.clients import CommandError
from tests.cluster.operating import Operating, definitions, grants, tenant, unique, wait_for

pytestmark = pytest.mark.slow
LEASE = "lease/caseplane-operator"


class TestOutages:
    def test_given_the_platform_down_when_tenants_are_applied_then_reported_and_made_once_it_is_back(
        self, world: Operating
    ) -> None:
        ready, name = unique(), unique()
        world.apply(tenant(ready))
        world.until(f"tenant/{ready}", "Ready")
        world.platform.kill()
        try:
            world.apply(tenant(name))
            condition = world.until(f"tenant/{name}", "Degraded", reason="PlatformUnreachable")
            world.until(f"tenant/{ready}", "Ready", status="Unknown", reason="PlatformUnreachable")
            time.sleep(5)  # several attempts, each further from the one before
        finally:
            world.platform.start()

        assert "tries again" in condition["message"]
        for each in (name, ready):
            world.until(f"tenant/{each}", "Ready")

    def test_given_the_api_server_restarted_when_tenants_are_applied_then_still_reconciled(
        self, world: Operating
    ) -> None:
        world.cluster.restart_apiserver()
        name = unique()

        world.apply(tenant(name))

        world.until(f"tenant/{name}", "Ready")

    def test_given_a_token_refused_when_there_is_a_new_one_then_the_same_process_goes_on(
        self, world: Operating
    ) -> None:
        assert world.process is not None
        pid, kubectl = world.process.pid, world.cluster.kubectl
        kubectl("delete", "serviceaccount", "operator", "-n", world.namespace)
        world.cluster.restart_apiserver()  # what was watched before is refused now
        wait_for(
            lambda: "Ran out of valid credentials" in world.log(), lambda: world.log()[-2000:], within=20
        )

        kubectl.apply(*grants(world.namespace), namespace=world.namespace)
        world.cluster.kubeconfig_for(f"{world.namespace}/operator")  # as the kubelet renews a pod's token
        name = unique()
        world.apply(tenant(name))

        world.until(f"tenant/{name}", "Ready")
        assert (world.process.running, world.process.pid) == (True, pid)

    def test_given_watches_refused_when_a_tenant_is_applied_then_it_is_found_in_a_list(
        self, world: Operating
    ) -> None:
        deaf = grants(world.namespace)
        for rule in next(each for each in deaf if each["kind"] == "ClusterRole")["rules"]:
            rule["verbs"] = [verb for verb in rule["verbs"] if verb != "watch"]
        world.cluster.kubectl.apply(*deaf, namespace=world.namespace)
        world.cluster.restart_apiserver()  # what was watched before is refused now
        name = unique()
        try:
            time.sleep(3)  # the watches' own list, which they make before they are refused, is over
            world.apply(tenant(name))

            world.until(f"tenant/{name}", "Ready")
        finally:
            world.cluster.kubectl.apply(*grants(world.namespace), namespace=world.namespace)
        assert f"{name} was found in a list" in world.log()

    def test_given_an_operator_killed_when_another_starts_then_it_takes_over_where_that_one_ended(
        self, world: Operating
    ) -> None:
        names = [unique() for _ in range(5)]
        world.apply(*(tenant(name) for name in names))
        world.kill()
        world.delete(f"tenant/{names[0]}")

        world.start()

        for name in names[1:]:
            world.until(f"tenant/{name}", "Ready")
        world.until_gone(f"tenant/{names[0]}")

    def test_given_a_second_operator_when_the_first_is_stopped_then_it_takes_over_before_the_lease_runs_out(
        self, world: Operating
    ) -> None:
        second = replace(world, process=None, port=0, identity="operator-1")
        with pytest.raises(AssertionError, match="not within"):
            wait_for(lambda: _starts(second), lambda: "it waits", within=6)
        assert second.process is not None
        assert second.process.running
        lease = (world.get(LEASE) or {})["spec"]
        assert lease["holderIdentity"] == world.identity

        world.stop()
        stopped = time.monotonic()
        wait_for(second.ready, lambda: "it does not lead", within=lease["leaseDurationSeconds"] / 2)
        took = time.monotonic() - stopped

        name = unique()
        world.apply(tenant(name))
        world.until(f"tenant/{name}", "Ready")
        second.stop()
        given_back = (world.get(LEASE) or {})["spec"].get("holderIdentity")
        world.start()
        assert not given_back
        print(f"\nthe lease was taken over {took:.1f} s after SIGTERM had ended its holder")  # noqa: T201


def _starts(operator: Operating) -> bool:
    if operator.process is None:
        operator.launch()
    return operator.ready()


class TestDefinitions:
    def test_given_running_tenants_when_the_definition_is_upgraded_then_they_stay_as_they_are(
        self, world: Operating
    ) -> None:
        name = unique()
        world.apply(tenant(name, displayName="Before"))
        world.until(f"tenant/{name}", "Synced")
        before = (world.get(f"tenant/{name}") or {})["status"]
        newer = [yaml.safe_load(text) for text in definitions()]
        for definition in newer:
            spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
            spec["properties"]["colour"] = {"type": "string", "default": "blue"}
        world.cluster.kubectl.apply(*newer)
        try:
            wait_for(lambda: _coloured(world, name), lambda: "the newer definition is not served")
            time.sleep(5)  # longer than a resync
            assert (world.get(f"tenant/{name}") or {})["status"] == before
            world.apply(tenant(name, displayName="After", colour="red"))
            world.until(f"tenant/{name}", "Synced")
            assert (world.tenant(name) or {})["display_name"] == "After"
        finally:
            world.apply(tenant(name, displayName="After"))
            world.cluster.kubectl.apply(*definitions())


def _coloured(world: Operating, name: str) -> bool:
    return "colour" in (world.get(f"tenant/{name}") or {"spec": {}})["spec"]


class TestGrants:
    @pytest.mark.parametrize(
        "words",
        [
            ("get", "secrets", "-n", "kube-system"),
            ("list", "secrets", "-n", "{own}"),
            ("watch", "secrets", "-n", "{own}"),
            ("patch", "secrets", "-n", "{own}"),
            ("create", "tenants"),
            ("update", "tenants"),
            ("delete", "tenants"),
            ("create", "knowledgebases", "-n", "default"),
            ("delete", "knowledgebases", "-n", "default"),
            ("list", "pods", "-n", "{own}"),
            ("create", "pods", "-n", "{own}"),
            ("get", "configmaps", "-n", "{own}"),
            ("list", "namespaces"),
            ("get", "nodes"),
            ("get", "leases", "-n", "default"),
            ("delete", "leases", "-n", "{own}"),
            ("list", "events", "-n", "default"),
            ("get", "customresourcedefinitions"),
            ("escalate", "clusterroles"),
            ("create", "rolebindings", "-n", "{own}"),
            ("impersonate", "users"),
            ("create", "serviceaccounts/token", "-n", "{own}"),
        ],
        ids=" ".join,
    )
    def test_given_the_operators_account_when_tried_beyond_its_grants_then_refused(
        self, world: Operating, words: tuple[str, ...]
    ) -> None:
        asked = [word.format(own=world.namespace) for word in words]
        account = f"system:serviceaccount:{world.namespace}:operator"
        with pytest.raises(CommandError) as raised:
            world.cluster.kubectl("auth", "can-i", *asked, "--as", account)

        assert raised.value.stdout.strip() == "no"

    def test_given_the_operators_account_when_it_writes_a_spec_by_force_then_only_its_own_grants_hold(
        self, world: Operating
    ) -> None:
        operator = world.cluster.kubectl_as(f"{world.namespace}/operator")
        for body in ({"kind": "Pod"}, {"kind": "Secret", "namespace": "kube-system"}):
            meta = {"name": "x", "namespace": body.get("namespace", world.namespace)}
            whole = {"apiVersion": "v1", "kind": body["kind"], "metadata": meta}
            with pytest.raises(CommandError, match="forbidden"):
                operator("create", "-f", "-", stdin=json.dumps(whole))
