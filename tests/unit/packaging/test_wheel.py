"""The wheel has all files that the code reads at run time, not only Python."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]
PACKAGES = (
    "services/caseplane",
    "infra/caseplane_infra",
    "infra/caseplane_costs",
    "operators/caseplane_operator",
)
REPORT = """
from caseplane_costs import catalog, usage
from caseplane_costs.report import html
from caseplane_costs.report.document import Document

assert all(len([*catalog.load(cloud)]) > 20 for cloud in ("aws", "azure", "gcp"))
assert usage.parse({}).traffic.messages.expected
assert "<!doctype html>" in html.render(Document(title="A report", headline="One line", sections=()))
print(usage.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


class TestWheel:
    def test_given_the_packages_when_built_then_every_file_of_them_is_inside(self, wheel: Path) -> None:
        wanted = {
            path.relative_to((ROOT / package).parent).as_posix()
            for package in PACKAGES
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

        inside = set(zipfile.ZipFile(wheel).namelist())

        assert "caseplane_costs/report/template.html" in wanted
        assert wanted - inside == set()

    def test_given_the_wheel_alone_when_used_then_prices_baseline_and_template_are_found(
        self, wheel: Path, tmp_path: Path
    ) -> None:
        zipfile.ZipFile(wheel).extractall(tmp_path)

        ran = subprocess.run(
            [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{REPORT}"],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )

        assert ran.stdout.startswith(str(tmp_path)), "another copy was used"
