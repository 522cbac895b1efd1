"""The container runtime of the node: Debian's containerd and runc, with plugins and images that we build."""

import os
from pathlib import Path

from tests.cluster.clients import CommandError
from tests.cluster.oci import pack_program
from tests.cluster.sandbox import BRIDGE, POD_RANGE, Sandbox
from tests.toolchain.build import binary

PAUSE_IMAGE = "localhost/pause:1"
CNI_PLUGINS = ("bridge", "loopback", "host-local", "portmap")

CONFIG = """\
version = 2
root = "{folder}/root"
state = "{folder}/state"
[grpc]
  address = "{socket}"
[ttrpc]
  address = "{socket}.ttrpc"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # A machine's own manager may have forbidden lower values; pods' scores are cut to what is allowed.
  restrict_oom_score_adj = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{folder}/cni/bin"
    conf_dir = "{folder}/cni/conf"
"""

# Pods reach services through the bridge's address; there is no default route, as there is nowhere to go.
NETWORK = """\
{{"cniVersion": "1.0.0", "name": "pods", "plugins": [
  {{"type": "bridge", "bridge": "{bridge}", "isGateway": true, "ipMasq": false, "hairpinMode": true,
    "ipam": {{"type": "host-local", "dataDir": "{folder}/cni/leases",
             "ranges": [[{{"subnet": "{pods}"}}]], "routes": [{{"dst": "{services}"}}]}}}},
  {{"type": "portmap", "capabilities": {{"portMappings": true}}}}
]}}
"""


class Containerd:
    """Runs in a sandbox and ends with it."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, service_range: str) -> None:
        self._sandbox, self._folder = sandbox, folder
        self.socket = folder / "containerd.sock"
        self._write_network(service_range)
        config = folder / "config.toml"
        config.write_text(CONFIG.format(folder=folder, socket=self.socket, pause=PAUSE_IMAGE))
        command = ["containerd", "--config", str(config)]
        self.process = sandbox.start("containerd", command, log=folder / "containerd.log")
        self.process.wait_until(self._answers)
        pause = pack_program(binary("pause"), name=PAUSE_IMAGE, archive=folder / "pause.tar")
        self.import_image(pause)

    def import_image(self, archive: Path) -> None:
        """Give the node an image, under the name that the OCI archive carries."""
        self.ctr("images", "import", archive.resolve())

    def ctr(self, *arguments: str | Path) -> str:
        """Containerd's own command line, in Kubernetes' namespace."""
        return self._sandbox.run("ctr", "--address", self.socket, "--namespace", "k8s.io", *arguments)

    def _answers(self) -> bool:
        try:
            self.ctr("version")
        except CommandError:
            return False
        return True

    def _write_network(self, service_range: str) -> None:
        plugins, configuration = self._folder / "cni/bin", self._folder / "cni/conf"
        for folder in (plugins, configuration):
            folder.mkdir(parents=True)
        for name in CNI_PLUGINS:
            os.symlink(binary(name), plugins / name)
        network = NETWORK.format(bridge=BRIDGE, folder=self._folder, pods=POD_RANGE, services=service_range)
        (configuration / "10-pods.conflist").write_text(network)
