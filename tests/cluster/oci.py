"""Packs one static program into an image: nothing else is in it, so nothing else is needed to make it."""

import hashlib
import io
import json
import platform
import tarfile
from pathlib import Path
from typing import Any

MEDIA = "application/vnd.oci.image"


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
