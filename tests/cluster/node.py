"""A real Kubernetes node: a kubelet that runs pods in containers, and kube-proxy that makes services reachable."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.cgroups import ControlGroup
from tests.cluster.containerd import Containerd
from tests.cluster.control_plane import ControlPlane
from tests.cluster.processes import Process
from tests.cluster.sandbox import NODE_ADDRESS, POD_RANGE, Sandbox
from tests.toolchain.build import binary

NAME = "node"
DNS_ADDRESS = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"


class Node:
    """Joins a control plane that runs in the same sandbox."""

    def __init__(
        self,
        control_plane: ControlPlane,
        sandbox: Sandbox,
        containerd: Containerd,
        group: ControlGroup,
        *,
        folder: Path,
    ) -> None:
        self._control_plane, self._sandbox, self._folder = control_plane, sandbox, folder
        self._containerd, self._group = containerd, group
        self.kubelet = self._start_kubelet()
        self.proxy = self._start_proxy()
        self.kubelet.wait_until(self._ready)

    def restart_kubelet(self) -> None:
        """Kill the kubelet and start it again; pods keep running meanwhile."""
        self.kubelet.kill()
        self.kubelet = self._start_kubelet()

    def _ready(self) -> bool:
        condition = '{.status.conditions[?(@.type=="Ready")].status}'
        words = ("get", "node", NAME, "--ignore-not-found", f"-o=jsonpath={condition}")
        return self._control_plane.kubectl(*words) == "True"

    def _start_kubelet(self) -> Process:
        kubeconfig = self._control_plane.kubeconfig_of_user(f"system:node:{NAME}", "system:nodes")
        flags = [
            f"--config={self._write('kubelet', self._kubelet_config())}",
            f"--kubeconfig={kubeconfig}",
            f"--root-dir={self._folder / 'root'}",
            f"--cert-dir={self._folder / 'pki'}",
            f"--hostname-override={NAME}",
            f"--node-ip={NODE_ADDRESS}",
        ]
        return self._sandbox.start(
            "kubelet", [str(binary("kubelet")), *flags], log=self._folder / "kubelet.log"
        )

    def _start_proxy(self) -> Process:
        config = self._write("kube-proxy", self._proxy_config())
        command = [str(binary("kube-proxy")), f"--config={config}"]
        return self._sandbox.start("kube-proxy", command, log=self._folder / "kube-proxy.log")

    def _write(self, name: str, config: Mapping[str, Any]) -> Path:
        path = self._folder / f"{name}.json"  # JSON is YAML
        path.write_text(json.dumps(config))
        return path

    def _kubelet_config(self) -> dict[str, Any]:
        resolver = self._folder / "resolv.conf"
        resolver.write_text("")  # the cluster's own is the only name server in the sandbox
        authority = str(self._control_plane.certificate_authority)
        return {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": f"unix://{self._containerd.socket}",
            "address": NODE_ADDRESS,
            "healthzBindAddress": "127.0.0.1",
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": authority},
            },
            "authorization": {"mode": "Webhook"},
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": f"/{self._group.name}",
            "failCgroupV1": False,  # many developer machines and build services still use it
            "failSwapOn": False,
            "clusterDNS": [DNS_ADDRESS],
            "clusterDomain": CLUSTER_DOMAIN,
            "resolvConf": str(resolver),
            "podLogsDir": str(self._folder / "logs"),
            "volumePluginDir": str(self._folder / "plugins"),
            # Images are imported by hand, so one that is garbage-collected is lost. And a developer's disk may be full.
            "imageGCHighThresholdPercent": 100,
            "evictionHard": {
                "memory.available": "100Mi",
                "nodefs.available": "1%",
                "imagefs.available": "1%",
            },
            # Tests wait for these, so they are shorter than in production.
            "syncFrequency": "5s",
            "nodeStatusUpdateFrequency": "2s",
            "registerWithTaints": [],
        }

    def _proxy_config(self) -> dict[str, Any]:
        kubeconfig = self._control_plane.kubeconfig_of_user("system:kube-proxy")
        return {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "iptables",
            "clientConnection": {"kubeconfig": str(kubeconfig)},
            "hostnameOverride": NAME,
            "clusterCIDR": POD_RANGE,
            "bindAddress": NODE_ADDRESS,
            "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249",
            "nodePortAddresses": [POD_RANGE],
            "conntrack": {"maxPerCore": 0},  # the limit is the machine's, not the sandbox's to set
        }
