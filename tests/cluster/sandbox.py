"""A separate network, mount table and process tree for a Kubernetes node.

Nothing in it has a route to the outside, its firewall rules and mounts are invisible outside, and when its
first process ends the kernel ends every other one in it, containers included: a killed test run leaves nothing.
"""

import ctypes
import os
import signal
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.cluster.clients import run
from tests.cluster.processes import Process
from tests.toolchain.build import binary

NODE_ADDRESS = "10.88.0.1"
POD_RANGE = "10.88.0.0/16"
SERVICE_RANGE = "10.96.0.0/16"
BRIDGE = "cni0"
CLONE_NEWNET = 0x4000_0000
# The node's programs write here whatever their configuration says; private in the sandbox, unchanged outside.
PRIVATE_FOLDERS = ("/run", "/var/log", "/var/lib/cni")


class Sandbox:
    """Exists from construction to `close`."""

    def __init__(self, folder: Path) -> None:
        unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        self._process = Process("sandbox", [*unshare, binary("pause")], log=folder / "sandbox.log")
        self._started: list[Process] = []
        self._process.wait_until(lambda: self._first_process() is not None)
        self.pid = self._first_process() or 0
        # Not `ip netns exec`: that hides the cgroup mounts.
        self.enter_network: tuple[str, ...] = ("nsenter", f"--net=/proc/{self.pid}/ns/net", "--")
        # nsenter forks to enter a process tree, so what it starts must be set to end with it.
        self.enter: tuple[str, ...] = (
            *("nsenter", f"--target={self.pid}", "--net", "--mount", "--pid", "--"),
            *("setpriv", "--pdeathsig", "KILL", "--"),
        )
        self._lay_network()
        self._hide_folders()

    def run(self, *command: str | Path) -> str:
        """Run a command in the sandbox's network, mounts and process tree; return its output."""
        return run([*self.enter, *command])

    def start(self, name: str, command: Sequence[str | Path], *, log: Path) -> Process:
        """Start a program inside."""
        process = Process(name, [*self.enter, *command], log=log)
        self._started.append(process)
        return process

    def listening_socket(self, address: str, port: int = 0) -> socket.socket:
        """A socket that listens inside, held by this process outside."""

        def listen() -> socket.socket:
            self._move_thread()
            return socket.create_server((address, port))

        # A network namespace belongs to a thread, and a socket stays in the namespace it was created in.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(listen).result()

    def close(self) -> None:
        """End the first process, and with it all others, and wait for our child processes."""
        os.kill(self.pid, signal.SIGKILL)
        for process in (self._process, *self._started):
            process.stop()

    def _first_process(self) -> int | None:
        unshare = self._process.pid
        children = Path(f"/proc/{unshare}/task/{unshare}/children").read_text().split()
        entered = [
            int(child) for child in children if _namespace_of(int(child)) != _namespace_of(os.getpid())
        ]
        return entered[0] if entered else None

    def _lay_network(self) -> None:
        """Create the bridge that connects all pods; the node's address is on it."""
        ip = (*self.enter_network, "ip")
        run([*ip, "link", "set", "lo", "up"])
        run([*ip, "link", "add", BRIDGE, "type", "bridge"])
        run([*ip, "address", "add", f"{NODE_ADDRESS}/{POD_RANGE.partition('/')[2]}", "dev", BRIDGE])
        run([*ip, "link", "set", BRIDGE, "up"])
        # A packet needs a route before the firewall rewrites its address to a pod's.
        run([*ip, "route", "add", SERVICE_RANGE, "dev", BRIDGE])
        # Service addresses and network policies are firewall rules: traffic over the bridge must pass them too.
        settings = {"net/ipv4/ip_forward": "1", "net/bridge/bridge-nf-call-iptables": "1"}
        for key, value in settings.items():
            run([*self.enter_network, "sh", "-c", f"echo {value} > /proc/sys/{key}"])

    def _hide_folders(self) -> None:
        for folder in PRIVATE_FOLDERS:
            if Path(folder).is_dir():
                self.run("mount", "-t", "tmpfs", "tmpfs", folder)

    def _move_thread(self) -> None:
        namespace = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(namespace, CLONE_NEWNET):
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code))
        finally:
            os.close(namespace)


def _namespace_of(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")
    except OSError:  # it ended meanwhile
        return os.readlink("/proc/self/ns/pid")
