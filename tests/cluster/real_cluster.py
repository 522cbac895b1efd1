"""A whole Kubernetes cluster that runs real pods, isolated from the machine it runs on.

One node without outside access: images are imported, names resolve inside, and connections cross only where a
test asks for it (`reach` towards the cluster, `expose` towards the test).
"""

import contextlib
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from tests.cluster import cgroups, forwarding
from tests.cluster.clients import Kubectl, run
from tests.cluster.containerd import Containerd
from tests.cluster.control_plane import ControlPlane, Site
from tests.cluster.dns import install_dns
from tests.cluster.node import Node
from tests.cluster.processes import Process
from tests.cluster.requirements import require_root, require_tools
from tests.cluster.sandbox import NODE_ADDRESS, SERVICE_RANGE, Sandbox

TOOLS = {
    "containerd": "containerd",
    "runc": "runc",
    "ip": "iproute2",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
}


class RealCluster:
    """A context manager; everything it made is removed at exit."""

    def __init__(self) -> None:
        require_root("a cluster with real pods")
        require_tools(TOOLS)
        if not cgroups.available():
            pytest.skip("a cluster with real pods needs writable control groups (/sys/fs/cgroup)")
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="caseplane-node-")))
            group = cgroups.ControlGroup()
            stack.callback(group.close)
            self.sandbox = Sandbox(folder)
            stack.callback(self.sandbox.close)
            site = Site(address=NODE_ADDRESS, enter=self.sandbox.enter_network)
            self.control_plane = stack.enter_context(ControlPlane(site=site, scheduler=True))
            self._log = folder / "forwarding.log"
            runtime, node = folder / "containerd", folder / "kubelet"
            runtime.mkdir()
            node.mkdir()
            self.containerd = Containerd(self.sandbox, runtime, service_range=SERVICE_RANGE)
            self.node = Node(self.control_plane, self.sandbox, self.containerd, group, folder=node)
            install_dns(self.control_plane, self.containerd, folder)
            self._closing = stack.pop_all()
        self.kubectl, self.helm = self.control_plane.kubectl, self.control_plane.helm
        self.kubeconfig = self.control_plane.kubeconfig
        self.import_image = self.containerd.import_image
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    @property
    def enter_network(self) -> tuple[str, ...]:
        """The prefix of a command that calls this cluster."""
        return self.sandbox.enter_network

    def kubectl_as(self, account: str) -> Kubectl:
        """kubectl as a service account, named `namespace/name`."""
        return self.control_plane.kubectl_as(account)

    def run(self, *command: str | Path, stdin: str | None = None, timeout: float = 120) -> str:
        """Run a command in the cluster's network, where service and pod addresses are reachable; return its output."""
        return run([*self.enter_network, *command], stdin=stdin, timeout=timeout)

    @contextmanager
    def reach(self, host: str, port: int) -> Iterator[str]:
        """An address on this machine's loopback, `127.0.0.1:…`, that leads to `host:port` in the cluster."""
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            self._forward(listener, host, port, inside=True),
        ):
            yield f"127.0.0.1:{listener.getsockname()[1]}"

    @contextmanager
    def expose(self, port: int, *, as_port: int = 0) -> Iterator[str]:
        """An address in the cluster, `10.88.0.1:…`, that leads to a `port` on this machine's loopback."""
        with (
            self.sandbox.listening_socket(NODE_ADDRESS, as_port) as listener,
            self._forward(listener, "127.0.0.1", port, inside=False),
        ):
            yield f"{NODE_ADDRESS}:{listener.getsockname()[1]}"

    def reach_service(
        self, name: str, *, namespace: str, port: int = 80
    ) -> contextlib.AbstractContextManager[str]:
        """Like `reach`, for a service by name."""
        path = "-o=jsonpath={.spec.clusterIP}"
        return self.reach(self.kubectl("get", "service", name, "-n", namespace, path), port)

    @contextmanager
    def _forward(self, listener: socket.socket, host: str, port: int, *, inside: bool) -> Iterator[None]:
        fd = listener.fileno()
        program = [sys.executable, forwarding.__file__, str(fd), host, str(port)]
        command = [*(self.enter_network if inside else ()), *program]
        process = Process("forwarding", command, log=self._log, inherit=[fd])
        try:
            yield
        finally:
            process.kill()
