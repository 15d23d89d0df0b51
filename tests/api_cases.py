"""Check the API against its own schema with generated requests: ``python -m tests.api_cases PATH-OF-SCHEMATHESIS``.

Schemathesis is no dependency of Concord. Put it into an environment of its own and name its program:

    python3 -m venv /tmp/schemathesis && /tmp/schemathesis/bin/pip install schemathesis==4.32.5
    .venv/bin/python -m tests.api_cases /tmp/schemathesis/bin/schemathesis

Starts a PostgreSQL and a Valkey as the tests do and serves a project on loopback, without the limit of requests a minute.
Each role is tried with at least ``--cases`` requests: an administrator's token, one whose owner only annotates by now, and none.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.services import services

ROLES: Final = ("admin", "annotator", "nobody")
OPERATIONS_TRIED: Final = 18
"""About: the cases of a role are shared among them."""


def main() -> int:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    options.add_argument("schemathesis", help="the program")
    options.add_argument("--cases", type=int, default=6_000, help="at least so many requests of each role")
    options.add_argument("--seed", type=int, default=9)
    options.add_argument("--role", choices=ROLES, action="append", help="only this one (can be repeated)")
    options.add_argument("--report", type=Path, help="a folder for the reports")
    given = options.parse_args()
    services.start()
    try:
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
        import django

        django.setup()
        from django.core.management import call_command

        _create_database()
        call_command("migrate", verbosity=0)
        import reward.tasks  # noqa: F401 - both say who performs their jobs

        tokens, job = _site()
        folder = given.report or Path(tempfile.mkdtemp(prefix="concord-cases-"))
        folder.mkdir(parents=True, exist_ok=True)
        schema = folder / "schema.json"
        call_command("spectacular", "--format", "openapi-json", "--file", str(schema))
        _name_what_exists(schema, job, tokens["admin"] or "")
        port = _serve()
        return max(_try(given, role, tokens[role], schema, port) for role in given.role or ROLES)
    finally:
        services.stop()


def _create_database() -> None:
    from django.conf import settings

    parts = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(urlunsplit(parts._replace(path="/postgres")), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{settings.DATABASES["default"]["NAME"]}"')


def _site() -> tuple[dict[str, str | None], str]:
    """Make a project with judgements, figures and ratings, and return each role's token and the id of a job."""
    from annotation.models import User
    from annotation.services import jobs, projects
    from annotation.services.access import tokens
    from annotation.services.intake import imports
    from annotation.services.members import membership
    from annotation.vocabulary import Role, Scope
    from quality.services import computation
    from reward.services import ratings
    from tests.lines import import_lines, pair

    root = User.objects.create_user("root@example.org", None, name="Root", is_superuser=True)
    alice = User.objects.create_user("alice@example.org", None, name="Alice")
    project = projects.create(slug="sky", name="Sky", by=root)
    more = projects.create(slug="sea", name="Sea", by=root)
    projects.create(slug="0", name="Nobody's", by=None)  # the shortest slug: else one role's address, and invalid there
    words = ["a", "b", "a", "tie"]
    lines = []
    for i in range(240):
        verdicts = {"Ann": words[i % 4], "Ben": words[i % 3], "Cid": "a"}
        lines.append(pair(f"p{i}", ("m1", "m2") if i % 2 else ("m2", "m3"), verdicts))
    import_lines(project, lines)
    import_lines(project, [_prompt(i) for i in range(5)])
    refused = BytesIO(b"no json\n" * 3)
    run = imports.start(project=project, stream=refused, format="native", file_name="", by=root)
    jobs.run(run.job_id)
    type(run.job).objects.filter(pk=run.job_id).update(asked_by=root)
    for job in (computation.ask(project=project, by=root), ratings.ask(project=project, by=root)):
        jobs.run(job.pk)
    membership.add(project=project, user=alice, role=Role.MANAGER, by=root)
    made = {
        role: tokens.create(
            user=user,
            name=role,
            scopes=list(Scope),
            projects=[project, more] if role == "admin" else [project],
            days=30,
        )[1]
        for role, user in (("admin", root), ("annotator", alice))
    }
    member = project.members.get(user=alice)
    type(member).objects.filter(pk=member.pk).update(role=Role.ANNOTATOR.value)
    return {**made, "nobody": None}, str(run.job.uuid)


def _prompt(number: int) -> dict[str, Any]:
    """Return the line of a prompt with the responses of three source models, which can be paired."""
    responses = [{"model": model, "text": f"{model} on {number}"} for model in ("m1", "m2", "m3")]
    return {"id": f"q{number}", "prompt": f"What is {number}?", "responses": responses}


def _name_what_exists(schema: Path, job: str, token: str) -> None:
    """Let valid requests name what is there: the project, the job, cursors of its lists, its models, and readable names.

    Others would be right by the schema and 404 or 400 all the same: no schema says which project there is. The slugs of new
    projects are long, so that none is met by chance.
    """
    from django.test import Client

    described = json.loads(schema.read_text())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    for path, methods in described["paths"].items():
        for operation in methods.values():
            for parameter in operation.get("parameters", []):
                known = {"slug": "sky", "uuid": job}.get(parameter["name"])
                if parameter["name"] == "cursor":
                    known = client.get(path.format(slug="sky", uuid=job), {"limit": 1}).json()["next_cursor"]
                if known:
                    parameter["schema"] = {"type": "string", "enum": [known]}
    shapes = described["components"]["schemas"]
    shapes["ProjectIn"]["properties"]["slug"] |= {"format": "new-slug"}
    shapes["ProjectIn"]["properties"]["name"] |= {"format": "readable"}
    for variant in shapes["PairingIn"]["oneOf"]:
        variant["properties"]["baseline"] |= {"format": "model"}
    schema.write_text(json.dumps(described))


def _serve() -> int:
    """Serve Concord in this process from now on; return the port."""
    import waitress

    from common.api import throttling
    from config.wsgi import application

    throttling.PER_MINUTE = 10**9  # type: ignore[misc]
    server = waitress.create_server(
        application, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True
    )
    threading.Thread(target=server.run, daemon=True).start()
    return int(server.effective_port)


HEAD: Final = """
hooks = "formats.py"

[generation]
database = "none"
"""
UNKNOWN: Final = {
    # No figures of a new project: nobody has asked for them (404 not_computed, not_fitted).
    "GET /api/v1/projects/{slug}/quality": "ensure_resource_availability.enabled = false",
    "GET /api/v1/projects/{slug}/ratings": "ensure_resource_availability.enabled = false",
    # A key that was used before with another body (422).
    "POST /api/v1/projects/{slug}/imports": 'positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 422]\n'
    # The body is a file: what its lines hold is in the report of the import, also where they are no JSON (202).
    "checks.negative_data_rejection.expected-statuses = [202, 400, 401, 403, 404, 411, 413, 415, 422]",
    # A cursor of another list, or of the list with another filter (400).
    **dict.fromkeys(
        (
            "GET /api/v1/projects/{slug}/annotations",
            "GET /api/v1/projects/{slug}/imports/{uuid}",
            "GET /api/v1/projects/{slug}/pairs",
        ),
        'positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404]',
    ),
}
"""What an answer depends on beside its request, so that no schema can say it."""
FORMATS: Final = """
import schemathesis
from hypothesis import strategies

new = strategies.from_regex("[a-z]{20,40}", fullmatch=True)
schemathesis.openapi.format("new-slug", new)
schemathesis.openapi.format("model", strategies.sampled_from(["m1", "m2", "m3"]))
signs = strategies.characters(categories=("L", "N", "P"))
schemathesis.openapi.format("readable", strategies.text(alphabet=signs, min_size=1, max_size=120))
"""


def _try(given: Any, role: str, token: str | None, schema: Path, port: int) -> int:
    folder = schema.parent
    (folder / "schemathesis.toml").write_text(
        HEAD
        + "".join(f'\n[[operations]]\ninclude-name = "{name}"\nchecks.{check}\n' for name, check in UNKNOWN.items())
    )
    (folder / "formats.py").write_text(FORMATS)
    command = [
        str(Path(given.schemathesis).absolute()), "run", str(schema), "--url", f"http://127.0.0.1:{port}",
        "--seed", str(given.seed), "--max-examples", str(-(-given.cases // OPERATIONS_TRIED)), "--mode", "all",
        "--phases", "examples,coverage,fuzzing,stateful", "--continue-on-failure", "--workers", "2", "--no-color",
    ]  # fmt: skip
    if not token:  # nor any header for one: a comma in it would be two tokens (400)
        command += ["--generation-with-security-parameters", "false"]
    else:
        command += ["--header", f"Authorization: Bearer {token}"]
    print(f"{role}:", flush=True)
    return subprocess.run(command, check=False, cwd=folder).returncode


if __name__ == "__main__":
    sys.exit(main())
