"""Static files as they are collected for production."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import cast

import pytest
from django.contrib.staticfiles.storage import ManifestFilesMixin
from django.core.management import call_command
from django.test import override_settings

from config.settings.base import READABLE_BY_ALL
from config.static import HashedStaticFiles

HASHED = re.compile(r"\.[0-9a-f]{12}\.(?:js|css)$")
IMPORTED = re.compile(r"""(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["'](\./[^"']+)["']""")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("static")
    storages = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "config.static.HashedStaticFiles", "OPTIONS": READABLE_BY_ALL},
    }
    with override_settings(STATIC_ROOT=root, STORAGES=storages, DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)
    return root


class TestModulesInProduction:
    def test_import_each_other_by_names_with_the_hash_of_their_content(self, collected: Path) -> None:
        paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
        served = [collected / name for source, name in paths.items() if re.match(r"annotation/js/.*\.js$", source)]
        assert len(served) > 20
        imports = [(file, name) for file in served for name in IMPORTED.findall(file.read_text())]
        assert len(imports) > 25
        assert [f"{file.name}: {name}" for file, name in imports if not HASHED.search(name)] == []
        assert [f"{file.name}: {name}" for file, name in imports if not (file.parent / name).is_file()] == []

    def test_come_under_hashed_names_from_every_page(self, collected: Path) -> None:
        paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
        own = {source: name for source, name in paths.items() if source.startswith("annotation/")}
        assert [
            source for source, name in own.items() if source.endswith((".js", ".css")) and not HASHED.search(name)
        ] == []

    def test_can_be_read_by_a_user_who_did_not_collect_them(self, collected: Path) -> None:
        files = [file for file in collected.rglob("*") if file.is_file()]
        assert len(files) > 50
        assert [file.name for file in files if file.stat().st_mode & 0o444 != 0o444] == []
        folders = [folder for folder in collected.rglob("*") if folder.is_dir()]
        assert [folder.name for folder in folders if folder.stat().st_mode & 0o555 != 0o555] == []


class TestProductionSettings:
    def test_use_that_storage(self) -> None:
        text = (Path(__file__).parents[2] / "config" / "settings" / "production.py").read_text()
        assert '"staticfiles": {"BACKEND": "config.static.HashedStaticFiles", "OPTIONS": READABLE_BY_ALL}' in text
        assert issubclass(HashedStaticFiles, cast(type, ManifestFilesMixin))
