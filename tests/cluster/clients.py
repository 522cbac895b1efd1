"""Clients of a test cluster: kubectl and helm with the cluster's kubeconfig, and plain HTTP."""

import json
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class CommandError(RuntimeError):
    """A command failed; `stderr` is its error output."""

    def __init__(self, command: Sequence[str], code: int, stdout: str, stderr: str) -> None:
        super().__init__(f"`{' '.join(command)}` ended with {code}: {(stderr or stdout).strip()}")
        self.code, self.stdout, self.stderr = code, stdout, stderr


def run(command: Sequence[str | Path], *, stdin: str | None = None, timeout: float = 120) -> str:
    """Run a command and return what it printed.

    Raises:
        CommandError: it ended with anything but 0.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise CommandError(words, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Client:
    """A program that reads a kubeconfig, ready to be called with the rest of its command line."""

    def __init__(self, program: Path, kubeconfig: Path, *, prefix: Sequence[str] = ()) -> None:
        self.program = program
        self._command = [*prefix, str(program), f"--kubeconfig={kubeconfig}"]

    def __call__(self, *arguments: str | Path, stdin: str | None = None, timeout: float = 120) -> str:
        """Run it and return what it printed; raise `CommandError` if it failed."""
        return run([*self._command, *map(str, arguments)], stdin=stdin, timeout=timeout)


class Kubectl(Client):
    """kubectl, with the calls that tests make all the time."""

    def json(self, *arguments: str) -> Any:
        """The answer of `kubectl … -o json`, parsed."""
        return json.loads(self(*arguments, "-o", "json"))

    def apply(self, *objects: Mapping[str, Any] | str, namespace: str = "default") -> None:
        """Server-side apply of objects, given as mappings or as YAML."""
        stdin = "\n---\n".join(item if isinstance(item, str) else json.dumps(item) for item in objects)
        self("apply", "--server-side", "--force-conflicts", "-n", namespace, "-f", "-", stdin=stdin)


def by_token(token: str) -> dict[str, str]:
    """A kubeconfig's user that authenticates with a token."""
    return {"token": token}


def by_certificate(certificate: Path, key: Path) -> dict[str, str]:
    """A kubeconfig's user that authenticates with a client certificate."""
    return {"client-certificate-data": _inline(certificate), "client-key-data": _inline(key)}


def write_kubeconfig(
    path: Path, *, url: str, authority: Path, user: Mapping[str, str], namespace: str = "default"
) -> Path:
    """A kubeconfig in one file: certificates are inside, so it can be copied anywhere."""
    cluster = {"server": url, "certificate-authority-data": _inline(authority)}
    context = {"cluster": "test", "user": "test", "namespace": namespace}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": dict(user)}],
        "contexts": [{"name": "test", "context": context}],
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(config, indent=1))
    return path


def _inline(file: Path) -> str:
    return b64encode(file.read_bytes()).decode()
