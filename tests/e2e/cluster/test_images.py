"""What is in the images, read from the archives that were built; that they run is shown by the tests of their pods."""

import re
from pathlib import Path, PurePosixPath

import pytest
from tests.cluster.images import build_uncached
from tests.cluster.oci import Image, read_image
from tests.e2e.cluster.conftest import ROOT
from tests.toolchain.progress import say

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
OURS = {"caseplane": "caseplane", "caseplane-operator": "caseplane_operator"}
"""The one package of ours that each image holds."""
SBOM = "/usr/share/sbom/caseplane.cdx.json"
STATUS = PurePosixPath("/var/lib/dpkg/status.d")
MEGABYTES = {"caseplane": 400, "caseplane-operator": 65}
"""What the files of each may come to; docs/kubernetes.md says what they do come to."""
SHELLS = {"sh", "bash", "dash", "busybox", "apt", "apt-get", "dpkg", "pip", "pip3", "uv", "gcc"}


@pytest.fixture(scope="session", params=OURS)
def built(request: pytest.FixtureRequest, archives: dict[str, Path]) -> tuple[str, Image]:
    """Name and contents of an image."""
    image = read_image(archives[request.param])
    say(f"image {request.param}: files {image.size / 1e6:.0f} MB, layers {image.compressed / 1e6:.0f} MB")
    return request.param, image


class TestContents:
    def test_given_an_image_when_looked_through_then_it_holds_our_one_package_and_nothing_of_tests_or_pulumi(
        self, built: tuple[str, Image]
    ) -> None:
        name, image = built

        ours = {path.parts[3] for path in image.files if path.is_relative_to("/opt/app")}
        distributions = {path.parts[6] for path in image.files if "site-packages" in path.parts}

        assert {each for each in ours if not each.endswith(".dist-info")} == {OURS[name]}
        assert not {each for each in distributions if re.match("pulumi|pytest|hypothesis", each)}
        assert not {path for path in image.files if "caseplane" in str(path) and "test" in path.parts[-1]}

    def test_given_an_image_when_looked_through_then_there_is_no_shell_no_installer_and_no_way_to_root(
        self, built: tuple[str, Image]
    ) -> None:
        _, image = built

        programs = {path.name for path, entry in image.files.items() if path.parent.name in {"bin", "sbin"}}

        assert "python3.11" in programs
        assert not programs & SHELLS
        assert not {path for path, entry in image.files.items() if entry.isreg() and entry.mode & 0o6000}
        assert image.config["User"] == "10001:10001"

    def test_given_an_image_when_weighed_then_it_is_as_small_as_promised(
        self, built: tuple[str, Image]
    ) -> None:
        name, image = built

        assert image.size < MEGABYTES[name] * 1e6

    def test_given_an_image_when_asked_what_it_is_then_its_labels_tell(
        self, built: tuple[str, Image]
    ) -> None:
        _, image = built

        labels = image.config["Labels"]

        assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
        assert labels["org.opencontainers.image.version"] == "0.1.0"
        assert {f"org.opencontainers.image.{each}" for each in ("title", "description", "revision")} <= set(
            labels
        )


class TestRecipe:
    def test_given_the_same_source_when_built_twice_from_nothing_then_it_is_the_same_image(self) -> None:
        first, second = (
            build_uncached(ROOT, tag=f"localhost/{name}", target="operator") for name in ("first", "second")
        )

        assert first == second


class TestBillOfMaterials:
    def test_given_an_image_when_its_packages_are_counted_then_the_bill_lists_each_with_its_version(
        self, built: tuple[str, Image]
    ) -> None:
        _, image = built

        components = image.json(SBOM)["components"]
        listed = {(normal(each["name"]), each["version"]) for each in components}
        from_debian = {
            each["name"] for each in components if each.get("purl", "").startswith("pkg:deb/debian/")
        }
        folders = {path.parent.name for path in image.files if path.parent.suffix == ".dist-info"}
        installed = {tuple(each.removesuffix(".dist-info").rsplit("-", 1)) for each in folders}

        assert len(installed) > 20
        assert not {(normal(name), version) for name, version in installed} - listed
        assert from_debian == {path.name for path in image.files if path.parent == STATUS}


def normal(name: str) -> str:
    """A distribution's name as package indexes spell it."""
    return re.sub(r"[-_.]+", "-", name).lower()
