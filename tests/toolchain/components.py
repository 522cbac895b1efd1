"""What the tests build from Go modules: which package, of which module, and where its version is written.

Release binaries are unreliable (a vendor's download site may be unreachable, and nothing pins what it
serves); Go modules can: each folder here has a go.mod and a go.sum that fix every byte that is compiled.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent
KUBERNETES = "k8s.io/kubernetes"
# Clients read the API server's version to know what it can do; unset, they fail to parse it.
KUBERNETES_VERSION = ("gitVersion=v{version}", "gitMajor={major}", "gitMinor={minor}", "gitTreeState=clean")


@dataclass(frozen=True, kw_only=True)
class Component:
    """One program, and how the linker sets its version."""

    name: str
    module: str
    package: str
    folder: str
    stamps: tuple[str, ...] = ()
    """`variable=template` for the linker; the template may use `version`, `major`, `minor`."""

    @property
    def source(self) -> Path:
        """The folder with the module that requires it."""
        return FOLDER / self.folder

    @cached_property
    def version(self) -> str:
        """As go.mod requires it, without the `v`: the one place where a version is written."""
        wanted = re.search(rf"^\s*(?:require )?{re.escape(self.module)} v(\S+)", self._go_mod, re.MULTILINE)
        return wanted[1] if wanted else "1"

    @property
    def link_flags(self) -> str:
        major, minor, *_ = [*self.version.split("."), "0"]
        filled = (stamp.format(version=self.version, major=major, minor=minor) for stamp in self.stamps)
        return " ".join(["-s -w", *(f"-X {stamp}" for stamp in filled)])

    @property
    def _go_mod(self) -> str:
        return (self.source / "go.mod").read_text()


def _kubernetes(name: str) -> Component:
    stamps = tuple(f"k8s.io/component-base/version.{stamp}" for stamp in KUBERNETES_VERSION)
    return Component(
        name=name, module=KUBERNETES, package=f"{KUBERNETES}/cmd/{name}", folder="kubernetes", stamps=stamps
    )


def _cni(name: str, kind: str) -> Component:
    module = "github.com/containernetworking/plugins"
    return Component(name=name, module=module, package=f"{module}/plugins/{kind}/{name}", folder="cni")


def _ours(name: str) -> Component:
    return Component(name=name, module=name, package=".", folder=name)


# In the order in which tests need them: `--all` builds the quick ones first.
_ALL = [
    Component(
        name="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        folder="pulumi",
        # The Automation API refuses an engine whose version it cannot read.
        stamps=("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}",),
    ),
    Component(
        name="etcd",
        module="go.etcd.io/etcd/server/v3",
        package="go.etcd.io/etcd/server/v3",
        folder="etcd",
    ),
    _kubernetes("kube-apiserver"),
    _kubernetes("kubectl"),
    _kubernetes("kube-controller-manager"),
    _kubernetes("kube-scheduler"),
    Component(
        name="helm",
        module="helm.sh/helm/v4",
        package="helm.sh/helm/v4/cmd/helm",
        folder="helm",
        stamps=("helm.sh/helm/v4/internal/version.version=v{version}",),
    ),
    Component(
        name="kubeconform",
        module="github.com/yannh/kubeconform",
        package="github.com/yannh/kubeconform/cmd/kubeconform",
        folder="kubeconform",
        stamps=("main.version=v{version}",),
    ),
    Component(
        name="helm-unittest",
        module="github.com/helm-unittest/helm-unittest",
        package="github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
        folder="helm-unittest",
    ),
    Component(
        name="kwok",
        module="sigs.k8s.io/kwok",
        package="sigs.k8s.io/kwok/cmd/kwok",
        folder="kwok",
        stamps=("sigs.k8s.io/kwok/pkg/consts.Version=v{version}",),
    ),
    _kubernetes("kubelet"),
    _kubernetes("kube-proxy"),
    Component(
        name="coredns",
        module="github.com/coredns/coredns",
        package=".",
        folder="coredns",
    ),
    _cni("bridge", "main"),
    _cni("loopback", "main"),
    _cni("host-local", "ipam"),
    _cni("portmap", "meta"),
    _ours("pause"),
    _ours("probe"),
    # Its later versions are spread over modules of which only one can be fetched.
    Component(
        name="external-secrets",
        module="github.com/external-secrets/external-secrets",
        package="github.com/external-secrets/external-secrets",
        folder="external-secrets",
    ),
    Component(
        name="keda",
        module="github.com/kedacore/keda/v2",
        package="github.com/kedacore/keda/v2/cmd/operator",
        folder="keda",
    ),
]
COMPONENTS = {component.name: component for component in _ALL}
