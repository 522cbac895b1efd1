"""Writes the generated pages: `python -m tools.pages [--check] [PATH …]`; without a path, all of them.

With `--check` it writes nothing and exits with 1 if a page is stale. Cost estimates take five minutes; parity takes
one, and builds the Pulumi engine on first use.
"""

import argparse
import sys

from tools.pages import PAGES, ROOT, rendered, written


def main(paths: list[str], *, check: bool) -> int:
    stale = 0
    for path in paths:
        text = rendered(path)
        if text == written(path):
            continue
        stale += 1
        if not check:
            (ROOT / path).write_text(text, encoding="utf-8")
        print(f"{path} is stale: run `make docs PAGE={path}`" if check else path)
    return int(check and stale > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.pages")
    parser.add_argument("paths", nargs="*", metavar="PATH", default=list(PAGES))
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    sys.exit(main(asked.paths, check=asked.check))
