# ruff: noqa: T201 - it lists what can be measured
"""The benchmarks: `make bench` lists them, `make bench RUN="search --rows 20000"` runs one."""

import ast
import runpy
import sys
from pathlib import Path


def main() -> None:
    found = {
        path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))
    }
    if len(sys.argv) > 1:
        name = sys.argv.pop(1)
        if name not in found:
            sys.exit(f"There is no benchmark {name!r}; there are {', '.join(found)}.")
        runpy.run_module(f"tests.benchmarks.bench_{name}", run_name="__main__", alter_sys=True)
        return
    for name, path in found.items():
        about = (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()[0]
        print(f'make bench RUN="{name} --help"\n    {about}')


if __name__ == "__main__":
    main()
