"""Builds container images without a registry or Docker: Buildah, on a Debian made by debootstrap.

The recipes are the product's own Dockerfiles, unchanged; only their `ARG BASE` is pointed at the local Debian.
Everything is kept under `.cache/images`, so a second build takes seconds.
"""

import json
import shutil
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cluster.clients import run
from tests.cluster.requirements import require_root, require_tools
from tests.toolchain.locking import locked
from tests.toolchain.progress import say

CACHE = Path(__file__).parents[2] / ".cache/images"
SUITE = "bookworm"
BASE = "localhost/debian:12-slim"
TOOLS = {"buildah": "buildah", "debootstrap": "debootstrap", "unshare": "util-linux"}
CERTIFICATES = Path("/usr/local/share/ca-certificates")
"""Debian's folder of local certificate authorities: builds behind a proxy must trust the proxy's."""
CONTAINERD_NAME = "io.containerd.image.name"


def build(
    context: Path,
    *,
    tag: str,
    target: str | None = None,
    dockerfile: str = "Dockerfile",
    args: Mapping[str, str] = {},
) -> Path:
    """Build an image and return its OCI archive, which carries `tag` as its name.

    Args:
        context: the folder that COPY reads from; its `.dockerignore` applies.
        tag: the full name with registry part, such as `localhost/caseplane:test`.
        target: the stage to build; the last by default.
        dockerfile: relative to `context`.
        args: further build arguments; `BASE` is always set.
    """
    require_root("building images")
    require_tools(TOOLS)
    with locked(CACHE / "lock"):
        _make_base()
        identity = _bud(context, tag, target, dockerfile, {"BASE": BASE, **args})
        archive = CACHE / f"{tag.replace('/', '_').replace(':', '_')}-{identity[:16]}.tar"
        if not archive.exists():
            _pack(identity, tag, archive)
        return archive


def build_uncached(context: Path, *, tag: str, target: str) -> str:
    """Build an image without the cache and return its id, which differs whenever the contents differ.

    Args:
        context, tag, target: as for `build`.
    """
    require_root("building images")
    require_tools(TOOLS)
    with locked(CACHE / "lock"):
        _make_base()
        # Times of files and of the image are excluded from the comparison.
        return _bud(context, tag, target, "Dockerfile", {"BASE": BASE}, "--no-cache", "--timestamp=0")


def _bud(
    context: Path,
    tag: str,
    target: str | None,
    dockerfile: str,
    args: Mapping[str, str],
    *caching: str,
) -> str:
    """Build, by default with Buildah's layer cache, and return the image's id."""
    say(f"building image {tag} …")
    words = [f"--build-arg={key}={value}" for key, value in args.items()]
    if target:
        words.append(f"--target={target}")
    with tempfile.NamedTemporaryFile("r") as written:
        _buildah(
            "bud",
            "--isolation=chroot",  # the only one that needs no systemd, no cgroups and no user namespaces
            *(caching or ("--layers",)),
            "--pull-never",
            f"--iidfile={written.name}",
            f"--tag={tag}",
            f"--file={context / dockerfile}",
            *words,
            str(context),
        )
        return written.read().strip().removeprefix("sha256:")


def _pack(identity: str, tag: str, archive: Path) -> None:
    """Export the image under the name that containerd will use."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        layout = Path(folder) / "image"
        _buildah("push", identity, f"oci:{layout}:{tag}")
        index = json.loads((layout / "index.json").read_text())
        index["manifests"][0]["annotations"][CONTAINERD_NAME] = tag
        (layout / "index.json").write_text(json.dumps(index))
        partial = Path(folder) / "image.tar"
        with tarfile.open(partial, "w") as packed:
            packed.add(layout, arcname=".")
        partial.rename(archive)


def _make_base() -> None:
    if BASE in _buildah("images", "--format={{.Name}}:{{.Tag}}").split():
        return
    say(f"making a Debian ({SUITE}) to build images on …")
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        root = Path(folder) / "root"
        # It mounts /proc below `root` and may leave it there. A private mount namespace ends with it: nothing of the
        # machine's gets into the image, or blocks the removal of the folder.
        options = ("--variant=minbase", "--include=ca-certificates")
        run(["unshare", "--mount", "debootstrap", *options, SUITE, root], timeout=900)
        if CERTIFICATES.is_dir():
            shutil.copytree(CERTIFICATES, root / CERTIFICATES.relative_to("/"), dirs_exist_ok=True)
            run(["chroot", root, "update-ca-certificates"])
        run(["chroot", root, "apt-get", "clean"])
        container = _buildah("from", "--pull-never", "scratch").strip()
        _buildah("add", "--quiet", container, str(root), "/")
        _buildah("commit", "--quiet", "--rm", container, BASE)


def _buildah(*arguments: str) -> str:
    # A separate storage: the machine's images are neither visible nor changed.
    policy = CACHE / "policy.json"
    policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    places: Sequence[str] = [f"--root={CACHE / 'storage'}", f"--runroot={CACHE / 'run'}"]
    options = [f"--signature-policy={policy}"] if arguments[0] in {"bud", "push", "commit", "from"} else []
    command = ["buildah", *places, arguments[0], *options, *arguments[1:]]
    return run(command, timeout=3600)
