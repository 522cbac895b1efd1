"""Images as OCI archives: packs a static program into one, and reads one that was built."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

MEDIA = "application/vnd.oci.image"


@dataclass(frozen=True)
class Image:
    """What containers of an image see."""

    config: dict[str, Any]
    """User, environment, labels and so on, as in the image's JSON."""
    compressed: int
    """Total bytes of the layers, compressed as transferred and stored."""
    files: dict[PurePosixPath, tarfile.TarInfo] = field(default_factory=dict)
    """All entries except folders, by path from the root."""
    _texts: dict[PurePosixPath, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Total bytes of all files."""
        return sum(each.size for each in self.files.values())

    def json(self, path: str) -> Any:
        """A JSON file of the image, parsed."""
        return json.loads(self._texts[PurePosixPath(path)])


def read_image(archive: Path) -> Image:
    """Read an OCI archive of one image, whose layers remove no files of lower layers."""
    with tarfile.open(archive) as packed:

        def blob(described: dict[str, Any]) -> bytes:
            kind, _, digest = described["digest"].partition(":")
            found = packed.extractfile(f"./blobs/{kind}/{digest}")
            assert found
            return found.read()

        index = packed.extractfile("./index.json")
        assert index
        manifest = json.loads(blob(json.load(index)["manifests"][0]))
        layers = manifest["layers"]
        config = json.loads(blob(manifest["config"]))["config"]
        image = Image(config, sum(layer["size"] for layer in layers))
        for layer in layers:
            for entry, content in _entries(blob(layer)):
                path = PurePosixPath("/", entry.name)
                image.files[path] = entry
                if path.suffix == ".json":
                    image._texts[path] = content
    return image


def _entries(layer: bytes) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(layer), mode="r:*") as packed:
        for entry in packed:
            content = packed.extractfile(entry) if entry.isreg() else None
            if not entry.isdir():
                yield entry, content.read() if content else b""


def pack_program(program: Path, *, name: str, archive: Path) -> Path:
    """Write an OCI archive whose only file is `program`, which is also its entry point."""
    layer = _tar({program.name: program.read_bytes()}, mode=0o755)
    blobs: dict[str, bytes] = {}

    def store(kind: str, content: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": f"{MEDIA}.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    packed = store("layer.v1.tar", layer)
    config = {
        "architecture": _architecture(),
        "os": "linux",
        "config": {"Entrypoint": [f"/{program.name}"], "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [packed["digest"]]},
    }
    described = store("config.v1+json", _json(config))
    manifest = store(
        "manifest.v1+json",
        _json(
            {
                "schemaVersion": 2,
                "mediaType": f"{MEDIA}.manifest.v1+json",
                "config": described,
                "layers": [packed],
            }
        ),
    )
    manifest["annotations"] = {"io.containerd.image.name": name}
    index = {"schemaVersion": 2, "mediaType": f"{MEDIA}.index.v1+json", "manifests": [manifest]}
    layout = _json({"imageLayoutVersion": "1.0.0"})
    archive.write_bytes(_tar({"oci-layout": layout, "index.json": _json(index), **blobs}, mode=0o644))
    return archive


def _architecture() -> str:
    return {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _tar(files: dict[str, bytes], *, mode: int) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
    return written.getvalue()
