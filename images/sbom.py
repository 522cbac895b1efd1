"""Adds Debian's packages to the bill of materials of the Python ones (CycloneDX), and prints it.

sbom.py PYTHON.json FOLDER      FOLDER holds a control file per package
"""

import json
import sys
from email.parser import HeaderParser
from pathlib import Path


def main(bill: str, folder: str) -> None:
    """Print the whole bill."""
    document = json.loads(Path(bill).read_text())
    for file in sorted(Path(folder).iterdir()):
        control = HeaderParser().parsestr(file.read_text())
        name, version, architecture = (control[key] for key in ("Package", "Version", "Architecture"))
        purl = f"pkg:deb/debian/{name}@{version}?arch={architecture}&distro=debian-12"
        component = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
        document["components"].append(component)
    sys.stdout.write(json.dumps(document, indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
