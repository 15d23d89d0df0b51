from __future__ import annotations

import dataclasses

import pytest

from annotation.formats import registry
from annotation.formats.problems import FileRefused
from annotation.formats.registry import FORMATS, READERS, WRITTEN, refuse_by_name


class TestFormats:
    def test_are_known_by_the_names_that_commands_and_the_api_promise(self):
        assert set(READERS) >= {"native", "pandalm"}
        assert set(WRITTEN) >= {"trl-preference", "raw"}

    def test_write_pairs_or_preferences_and_never_both(self):
        for format in FORMATS:
            assert not (format.write_pairs and format.write_preferences)
            assert bool(format.rows) == bool(format.write_pairs or format.write_preferences)

    def test_have_names_and_labels_of_their_own(self):
        assert len({format.name for format in FORMATS}) == len({format.label for format in FORMATS}) == len(FORMATS)


class TestRefusingByName:
    def test_refuses_a_table_where_lines_of_json_are_read(self):
        with pytest.raises(FileRefused):
            refuse_by_name("pairs.csv", "native")

    def test_lets_the_own_extension_of_a_format_pass(self, monkeypatch):
        table = dataclasses.replace(FORMATS[0], name="table", extension=".csv")
        monkeypatch.setattr(registry, "FORMATS", (*FORMATS, table))

        refuse_by_name("pairs.CSV", "table")
