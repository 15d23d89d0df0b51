"""Write a project's preferences as a dataset, with its manifest."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import CommandError, CommandParser

from annotation.formats.registry import WRITTEN
from annotation.management.base import JsonCommand
from quality.pages.report import agreement
from reward.services import exports
from reward.vocabulary import MOST_SMOOTHING, Adjudicated


class Command(JsonCommand):
    help = "Write a project's preferences as a dataset (JSON lines) with FILE.manifest.json beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--format", required=True, choices=list(WRITTEN))
        parser.add_argument(
            "--adjudicated",
            choices=list(map(str, Adjudicated)),
            default=str(Adjudicated.IGNORE),
            help="prefer: an adjudicator's verdict settles its pair, whatever its judgements are",
        )
        parser.add_argument(
            "--label-smoothing",
            type=_smoothing,
            default=0.0,
            metavar="SHARE",
            help="of --format soft: the share by which each label is drawn towards all verdicts alike, 0 to 0.5",
        )
        parser.add_argument("--output", required=True, metavar="FILE", help="a file, or - for standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            export = exports.open_export(
                project=self.project(options["project"]),
                format=options["format"],
                adjudicated=options["adjudicated"],
                label_smoothing=options["label_smoothing"],
            )
        except exports.NotSoft:
            raise CommandError("--label-smoothing is for --format soft: the labels of others are not soft.") from None
        if options["output"] == "-":
            self._write(export, sys.stdout.buffer)
            self.say(json.dumps(_summary(export, None)) if options["json"] else _sentence(export))
            return
        target = Path(options["output"])
        try:
            self._whole(export, target)
        except OSError as error:
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        summary = _summary(export, target)
        self.answer(summary, as_json=options["json"], lines=lambda: iter([_sentence(export)]))

    def _write(self, export: exports.Export, file: BinaryIO) -> None:
        for n, line in enumerate(export.lines(), start=1):
            file.write(line)
            if n % 50_000 == 0:
                self.say(f"{n:,} rows")
        file.flush()

    def _whole(self, export: exports.Export, target: Path) -> None:
        """All of it or nothing: a file of that name is never half an export."""
        with tempfile.NamedTemporaryFile("wb", dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            try:
                self._write(export, file)  # type: ignore[arg-type]
                umask = os.umask(0)
                os.umask(umask)
                Path(file.name).chmod(0o666 & ~umask)
                Path(file.name).replace(target)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        beside = target.with_name(f"{target.name}.manifest.json")
        beside.write_text(
            json.dumps(export.manifest(agreement=agreement), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )


def _smoothing(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = math.nan
    if not 0 <= share <= MOST_SMOOTHING:
        raise ArgumentTypeError(f"{text} is no share from 0 to {MOST_SMOOTHING}")
    return share


def _summary(export: exports.Export, target: Path | None) -> dict[str, Any]:
    manifest = export.manifest(agreement=agreement)
    where = {"output": str(target), "manifest": f"{target}.manifest.json"} if target else {"output": "-"}
    return {key: manifest[key] for key in ("format", "rows", "bytes", "sha256", "counts", "as_of")} | where


def _sentence(export: exports.Export) -> str:
    manifest = export.manifest(agreement=agreement)
    counts = manifest["counts"]
    left = f"{counts['ties']:,} ties, {counts['both_bad']:,} both bad, {counts['unsettled']:,} unsettled, "
    return f"{manifest['rows']:,} rows of {counts['pairs']:,} pairs ({left}{counts['gold']:,} gold)."
