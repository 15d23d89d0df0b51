"""Import prompts, pairs and judgements from a file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from annotation.formats import native
from annotation.formats.problems import FileRefused
from annotation.formats.registry import READERS, refuse_unreadable
from annotation.management.base import UNREADABLE, JsonCommand
from annotation.models import Import, Project
from annotation.pages import import_report
from annotation.pages.import_sentences import sentence
from annotation.pages.projects import UNREADABLE_NAME
from annotation.selectors import imports as selectors
from annotation.services import projects
from annotation.services.intake import imports, uploads
from annotation.vocabulary import ProjectState
from common.storage import is_full, temporary_file, unwritable

NAMED_AT_A_TERMINAL = 20
NAMED_IN_JSON = 100_000


class Command(JsonCommand):
    help = (
        "Import prompts, pairs and judgements. A project that does not exist is made, and opened, so that what came "
        "can be judged at once. Lines that cannot be taken are put aside and named; importing a file again changes "
        f"nothing. Exit code {UNREADABLE}: the file cannot be read at all."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--format", choices=sorted(READERS), default=native.NAME)
        parser.add_argument(
            "--on-nul",
            choices=imports.ON_NUL,
            default="refuse",
            help="what to do with a NUL character: put the line aside, or put a replacement sign in its place",
        )
        parser.add_argument("file", metavar="FILE", help="the file, or - for standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        if problem := unwritable():
            raise CommandError(problem)
        try:
            self._import(options["file"], options)
        except OSError as error:
            if not is_full(error):
                raise
            raise CommandError("There is no room left on the disk; nothing was imported.") from None

    def _import(self, name: str, options: dict[str, Any]) -> None:
        with _opened(name) as given, ExitStack() as held:
            project, stream = Project.objects.filter(slug=options["project"]).first(), given
            if project is None:  # a file that cannot be read at all leaves no project behind
                stream = held.enter_context(_readable(given, file_name=name, format=options["format"]))
                project = self._made(options["project"])
            try:
                run = imports.start(
                    project=project,
                    stream=stream,
                    format=options["format"],
                    file_name="" if name == "-" else name,
                    on_nul=options["on_nul"],
                )
            except uploads.TooLarge:
                raise _too_large(name) from None
        self.do(run.job, refused=UNREADABLE)
        report = import_report.worded(selectors.report(Import.objects.get(pk=run.pk), most=NAMED_IN_JSON))
        self.answer(report, as_json=options["json"], lines=lambda: _lines(report))

    def _made(self, slug: str) -> Project:
        try:
            made = projects.create(slug=slug, name=slug.replace("-", " ").capitalize(), by=None)
        except projects.SlugTaken:  # by another command, a moment ago
            return Project.objects.get(slug=slug)
        except projects.UnreadableName:
            raise CommandError(f"--project {slug}: {UNREADABLE_NAME}") from None
        except ValidationError as error:
            raise CommandError(f"--project {slug}: {' '.join(error.messages)}") from None
        self.say(f"The project {slug} is new; it is open.")
        return projects.move(project=made, to=ProjectState.OPEN, by=None)


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = Path(name).open("rb")  # noqa: SIM115 - closed below; only what opening raises is a sentence here
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}.", returncode=UNREADABLE) from None
    with stream:
        yield stream


@contextmanager
def _readable(given: BinaryIO, *, file_name: str, format: str) -> Iterator[BinaryIO]:
    """The same content from its beginning, once its reader has not refused it whole."""
    with ExitStack() as held:
        stream = given
        if not given.seekable():
            stream = cast(BinaryIO, held.enter_context(temporary_file()))
            shutil.copyfileobj(given, stream)
        if stream.seek(0, SEEK_END) > settings.IMPORT_MAX_BYTES:
            raise _too_large(file_name)
        stream.seek(0)
        try:
            refuse_unreadable(stream, file_name=file_name, format=format)
        except FileRefused as refused:
            raise CommandError(sentence(refused.code, refused.arguments), returncode=UNREADABLE) from None
        stream.seek(0)
        yield stream


def _too_large(name: str) -> CommandError:
    most = settings.IMPORT_MAX_BYTES / 2**20
    return CommandError(f"{name} is larger than {most:,.0f} MiB; cut it up.", returncode=UNREADABLE)


def _place(error: dict[str, Any]) -> str:
    """The place of an error, where its sentence does not name it."""
    return "" if error["path"] in error["message"] else f"at {error['path']}."


def _lines(report: dict[str, Any]) -> Iterator[str]:
    done = f"{report['accepted']:,} accepted, {report['unchanged']:,} unchanged, {report['quarantined']:,} put aside"
    yield f"{done} ({report['blank']:,} blank lines)"
    yield f"new: {report['pairs']:,} pairs, {report['judgements']:,} judgements, {report['prompts']:,} prompts to pair"
    for warned in report["warnings"]:
        where = import_report.where(warned["first_lines"], warned["lines"])
        yield f"{warned['message']}: {warned['lines']:,}{f' ({where[0].lower()}{where[1:]})' if where else ''}"
    for error in report["errors"][:NAMED_AT_A_TERMINAL]:
        yield f"line {error['line']:,}: {error['code']}: {' '.join(filter(None, (_place(error), error['message'])))}"
    if report["errors_total"] > NAMED_AT_A_TERMINAL:
        yield f"… and {report['errors_total'] - NAMED_AT_A_TERMINAL:,} more; --json names up to {NAMED_IN_JSON:,}."
