"""A real Kubernetes control plane in seconds: etcd, kube-apiserver, controllers; on free ports, in its own folder.

RBAC, Pod Security, validation, defaulting, CEL, garbage collection and finalizers are the real ones. Pods are
scheduled only if asked for, onto fake nodes (kwok); for pods that run see `node.py`.
"""

import secrets
import ssl
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from tests.cluster.clients import Client, CommandError, Kubectl, by_certificate, by_token, write_kubeconfig
from tests.cluster.pki import Authority
from tests.cluster.processes import Process, free_port
from tests.cluster.sandbox import SERVICE_RANGE
from tests.toolchain.build import binary

ISSUER = "https://kubernetes.default.svc"
ADMIN = "system:masters"


@dataclass(frozen=True)
class Site:
    """Where a control plane runs: the address it listens on, and the prefix that runs a command there."""

    address: str = "127.0.0.1"
    enter: tuple[str, ...] = ()


class ControlPlane:
    """Runs from `start` to `stop`, or as a context manager; its files are removed afterwards.

    Args:
        site: this machine's loopback by default.
        scheduler: also assign pods to nodes.
        kwok: also simulate the kubelet of every node that is created, so that pods become ready without running.
    """

    def __init__(self, *, site: Site | None = None, scheduler: bool = False, kwok: bool = False) -> None:
        self.site = site or Site()
        self._with_scheduler, self._with_kwok = scheduler or kwok, kwok
        self._folder = tempfile.TemporaryDirectory(prefix="caseplane-cluster-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._running: dict[str, Process] = {}
        self._simulated_nodes = 0
        self._admin_token = secrets.token_hex(16)
        self._etcd_port, self._peer_port = free_port(), free_port()
        self.url = f"https://{self.site.address}:{free_port()}"
        self._write_credentials()
        self.kubectl = Kubectl(binary("kubectl"), self.kubeconfig, prefix=self.site.enter)

    @property
    def helm(self) -> Client:
        """Helm, with its caches in this cluster's folder."""
        home = [
            f"HELM_{kind}_HOME={self.folder / 'helm' / kind.lower()}" for kind in ("CACHE", "CONFIG", "DATA")
        ]
        return Client(binary("helm"), self.kubeconfig, prefix=[*self.site.enter, "env", *home])

    # Life ------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start what is not running, and wait until the API answers; data of an earlier start is kept."""
        try:
            self._start("etcd", self._etcd_flags())
            self.start_apiserver()
            self._start("kube-controller-manager", self._controller_manager_flags())
            if self._with_scheduler:
                self._start("kube-scheduler", self._controller_flags())
            if self._with_kwok:
                # No leases: if one is not renewed in time, kwok drops the node and its pods wait for ever.
                self._start(
                    "kwok",
                    [
                        f"--kubeconfig={self.kubeconfig}",
                        "--manage-all-nodes=true",
                        "--node-lease-duration-seconds=0",
                    ],
                )
            self._wait_for_default_account()
        except BaseException:
            self.stop()
            raise

    def start_apiserver(self) -> None:
        """Start the API server alone, after `kill_apiserver`."""
        self._start("kube-apiserver", self._apiserver_flags())
        self._running["kube-apiserver"].wait_until(self._answers)

    def kill_apiserver(self) -> None:
        """Kill the API server, as in an outage; clients see refused connections."""
        self._running["kube-apiserver"].kill()

    def restart_apiserver(self) -> None:
        """Kill the API server and start it again at the same address."""
        self.kill_apiserver()
        self.start_apiserver()

    def kill(self) -> None:
        """End every component at once, as a power cut does; `start` brings them back with their data."""
        for process in reversed(self._running.values()):
            process.kill()

    def stop(self) -> None:
        """Kill every component and remove its files: nothing needs a clean shutdown."""
        self.kill()
        self._folder.cleanup()

    @property
    def processes(self) -> list[Process]:
        """The running components."""
        return list(self._running.values())

    def add_simulated_nodes(self, count: int) -> None:
        """Add simulated nodes up to a count, each with room for 110 pods, and wait until they are ready.

        An existing one is not applied again: kwok would drop it.
        """
        nodes = [_simulated_node(f"simulated-{number}") for number in range(self._simulated_nodes, count)]
        if not nodes:
            return
        self.kubectl.apply(*nodes)
        self._simulated_nodes = count
        names = [f"node/{each['metadata']['name']}" for each in nodes]
        self.kubectl("wait", "--for=condition=Ready", *names, "--timeout=60s", timeout=80)

    # Clients ---------------------------------------------------------------------------------------

    @property
    def enter_network(self) -> tuple[str, ...]:
        """The prefix of a command that calls this cluster; empty on this machine's loopback."""
        return self.site.enter

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig, complete in one file."""
        return self.folder / "kubeconfig"

    def token_for(self, account: str, *, duration: str = "1h") -> str:
        """A token of a service account, named `namespace/name`."""
        namespace, name = account.split("/")
        return self.kubectl("create", "token", name, "-n", namespace, f"--duration={duration}").strip()

    def kubeconfig_for(self, account: str) -> Path:
        """A kubeconfig that acts as a service account, named `namespace/name`, with nothing but its grants."""
        namespace = account.partition("/")[0]
        return self._write_kubeconfig(account, by_token(self.token_for(account)), namespace=namespace)

    def kubeconfig_of_user(self, name: str, *groups: str) -> Path:
        """A kubeconfig of a user, by client certificate: for the cluster's own components and for people."""
        certificate, key = self._authority.issue(name.replace(":", "-"), common_name=name, groups=groups)
        return self._write_kubeconfig(name, by_certificate(certificate, key))

    def kubectl_as(self, account: str) -> Kubectl:
        """kubectl as a service account."""
        return Kubectl(binary("kubectl"), self.kubeconfig_for(account), prefix=self.site.enter)

    def http(self, token: str | None = None) -> httpx.Client:
        """A client of the API, where kubectl is too slow or too lenient; as the administrator by default."""
        return httpx.Client(
            base_url=self.url,
            verify=ssl.create_default_context(cafile=self._authority.certificate),
            headers={"Authorization": f"Bearer {token or self._admin_token}"},
            trust_env=False,
        )

    def log(self, component: str) -> str:
        """A component's log so far."""
        return self._log_of(component).read_text(errors="replace")

    # Components ------------------------------------------------------------------------------------

    def _start(self, name: str, flags: Sequence[str]) -> None:
        if name in self._running and self._running[name].running:
            return
        command = [*self.site.enter, str(binary(name)), *flags]
        self._running[name] = Process(name, command, log=self._log_of(name))

    def _log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def _answers(self) -> bool:
        try:
            return self.kubectl("get", "--raw=/readyz", timeout=10) == "ok"
        except (CommandError, subprocess.TimeoutExpired):  # slow on a busy machine
            return False

    def _wait_for_default_account(self) -> None:
        # No pod is admitted to the namespace until the controllers have created it.
        def made() -> bool:
            return bool(
                self.kubectl("get", "serviceaccount", "-n", "default", "default", "--ignore-not-found")
            )

        self._running["kube-controller-manager"].wait_until(made)

    def _write_credentials(self) -> None:
        pki = self.folder / "pki"
        self._authority = Authority(pki)
        hosts = (self.site.address, "127.0.0.1", "10.96.0.1", "localhost", "kubernetes.default.svc")
        self._server = self._authority.issue("apiserver", common_name="kube-apiserver", hosts=hosts)
        self._kubelet_client = self._authority.issue(
            "kubelet-client", common_name="apiserver", groups=(ADMIN,)
        )
        self._signing_key, self._signing_public = self._authority.signing_key("service-accounts")
        self._tokens = pki / "tokens.csv"
        self._tokens.write_text(f"{self._admin_token},admin,admin,{ADMIN}\n")
        write_kubeconfig(
            self.kubeconfig,
            url=self.url,
            authority=self._authority.certificate,
            user=by_token(self._admin_token),
        )

    def _write_kubeconfig(self, who: str, user: Mapping[str, str], *, namespace: str = "default") -> Path:
        path = self.folder / f"kubeconfig-{who.replace('/', '-').replace(':', '-')}"
        authority = self._authority.certificate
        return write_kubeconfig(path, url=self.url, authority=authority, user=user, namespace=namespace)

    @property
    def certificate_authority(self) -> Path:
        """The certificate that signs all others of this cluster."""
        return self._authority.certificate

    @property
    def _etcd_url(self) -> str:
        return f"http://127.0.0.1:{self._etcd_port}"

    def _etcd_flags(self) -> list[str]:
        peer = f"http://127.0.0.1:{self._peer_port}"
        return [
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={self._etcd_url}",
            f"--advertise-client-urls={self._etcd_url}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            "--log-level=warn",
            "--unsafe-no-fsync",  # a test's data need not survive the machine
        ]

    def _apiserver_flags(self) -> list[str]:
        certificate, key = self._server
        kubelet_certificate, kubelet_key = self._kubelet_client
        return [
            f"--etcd-servers={self._etcd_url}",
            f"--bind-address={self.site.address}",
            f"--advertise-address={self.site.address}",
            f"--secure-port={self.url.rpartition(':')[2]}",
            f"--cert-dir={self.folder / 'pki'}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self._authority.certificate}",
            f"--token-auth-file={self._tokens}",
            f"--service-account-issuer={ISSUER}",
            f"--service-account-signing-key-file={self._signing_key}",
            f"--service-account-key-file={self._signing_public}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            f"--kubelet-client-certificate={kubelet_certificate}",
            f"--kubelet-client-key={kubelet_key}",
            "--kubelet-preferred-address-types=InternalIP",
            "--authorization-mode=Node,RBAC",
            "--anonymous-auth=false",
            # Pod Security and the other defaults stay on; this one keeps a kubelet to its own node.
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged",
            *self._reconciler_flags(),
        ]

    def _reconciler_flags(self) -> list[str]:
        # No pod can reach the API by a loopback address, and Kubernetes refuses to publish one.
        return ["--endpoint-reconciler-type=none"] if self.site.address.startswith("127.") else []

    def _controller_flags(self) -> list[str]:
        return [f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--secure-port=0"]

    def _controller_manager_flags(self) -> list[str]:
        # Without leases kwok never renews a node's heartbeat, and pods of a node that is marked lost stay unready for ever.
        patience = ["--node-monitor-grace-period=24h"] if self._with_kwok else []
        return [
            *self._controller_flags(),
            *patience,
            "--use-service-account-credentials",  # each controller with its own grants, as in production
            f"--service-account-private-key-file={self._signing_key}",
            f"--root-ca-file={self._authority.certificate}",
            f"--cluster-signing-cert-file={self._authority.certificate}",
            f"--cluster-signing-key-file={self._authority.key}",
        ]


def _simulated_node(name: str) -> dict[str, Any]:
    room = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"}},
        "status": {"capacity": room, "allocatable": room},
    }
