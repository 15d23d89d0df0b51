"""Make pairs for simulated annotators, and import them as any file."""

from __future__ import annotations

import io
from typing import Final

from annotation.formats import native
from annotation.formats.records import PairRecord, ResponseRecord
from annotation.models import Import, Project, User
from annotation.sampling.texts import drafted
from annotation.services.intake import imports
from annotation.services.sampling.simulation import refuse_people
from annotation.vocabulary import Verdict

GOLD_SHARE: Final = 0.05
MOST_GOLD: Final = 200
"""More than anybody meets."""


def start(*, project: Project, count: int, seed: int, by: User | None) -> Import:
    """Ask for the import of so many pairs, of which five per cent, and 200 at most, are gold. The same seed makes the same pairs.

    Raises
    ------
    PeopleJudgeHere
        The project has people's judgements: it would hand these pairs to them.
    """
    refuse_people(project)
    records = (
        PairRecord(
            external_id=pair.external_id,
            prompt=pair.prompt,
            first=ResponseRecord(pair.models[0], pair.texts[0]),
            second=ResponseRecord(pair.models[1], pair.texts[1]),
            language="en",
            tags=(pair.skill,),
            author="",
            gold=None if pair.gold is None else Verdict(pair.gold),
            judgements=(),
        )
        for pair in drafted(count, gold=min(round(GOLD_SHARE * count), MOST_GOLD), seed=seed)
    )
    return imports.start(
        project=project,
        stream=io.BytesIO(b"".join(native.write(records))),
        format=native.NAME,
        file_name="simulated.jsonl",
        by=by,
    )
