"""The import contracts of pyproject.toml: every package and every module belongs to a layer."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from docs.layers import draw, reduced

ROOT = Path(__file__).resolve().parent.parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
PACKAGES: list[str] = LINTER["root_packages"]
BESIDE_THE_PRODUCT = {"benchmarks", "docs", "tests"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's modules and the contracts, without anything else."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        for module in (ROOT / package).rglob("*.py"):
            target = tmp_path / module.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(module, target)
    return tmp_path


class TestContracts:
    def test_hold(self, copy):
        assert lint(copy).returncode == 0

    @pytest.mark.parametrize("package", PACKAGES)
    def test_refuse_a_module_that_no_layer_names(self, copy, package):
        (copy / package / "stray.py").touch()

        done = lint(copy)

        assert done.returncode == 1
        assert f"{package}.stray" in done.stdout

    def test_refuse_an_import_that_points_up(self, copy):
        with (copy / "annotation" / "models" / "pair.py").open("a") as module:
            module.write("\nimport annotation.services.handout\n")

        done = lint(copy)

        assert done.returncode == 1
        assert "annotation.models.pair -> annotation.services.handout" in done.stdout

    def test_name_every_package_of_the_product(self):
        found = {init.parent.name for init in ROOT.glob("*/__init__.py")} - BESIDE_THE_PRODUCT

        assert found == set(PACKAGES)


class TestDrawing:
    def test_has_arrows_that_only_point_down(self):
        arrows = re.findall(r'<path class="arrow" data-from="(.+?)" data-to="(.+?)" d="M(.+?)"', draw())

        assert len(arrows) > 30
        for source, target, curve in arrows:
            heights = [float(y) for y in re.findall(r"[\d.]+ ([\d.]+)", curve)]
            assert heights == sorted(heights), f"{source} -> {target} points up"

    def test_shows_every_package(self):
        drawing = draw()
        packages = {init.parent.name for package in PACKAGES for init in (ROOT / package).glob("*/__init__.py")}

        assert {name for name in packages if f">{name}</text>" not in drawing} == set()


class TestReduced:
    def test_leaves_out_what_a_longer_path_implies(self):
        assert reduced({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}

    def test_keeps_both_ways_around(self):
        diamond = {("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")}

        assert reduced(diamond) == diamond
