"""Rows for tests, each the least that services would make: a pair has its slots, a member their queue mark."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import factory
from factory.django import DjangoModelFactory

from annotation.models import Guidelines, Member, Pair, Project, Prompt, QueueMark, Response, Slot, User
from annotation.vocabulary import ProjectState, Role

PASSWORD = "Slate-harbour-482"


def _hash(content: Any) -> bytes:
    return hashlib.sha256(json.dumps(content).encode()).digest()


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        password = kwargs.pop("password", PASSWORD)
        return model_class.objects.create_user(*args, password=password, **kwargs)


class ProjectFactory(DjangoModelFactory[Project]):
    """Open, without gold: a test that wants gold says so."""

    class Meta:
        model = Project

    slug = factory.Sequence(lambda n: f"project-{n}")
    name = factory.Sequence(lambda n: f"Project {n}")
    state = ProjectState.OPEN.value
    gold_rate = 0.0


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member
        skip_postgeneration_save = True

    project = factory.SubFactory(ProjectFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.ANNOTATOR.value
    number = factory.Sequence(lambda n: n + 1)
    name = factory.LazyAttribute(lambda o: f"Annotator {o.number:03d}")
    guidelines_read = 1

    @factory.post_generation
    def mark(self: Member, create: bool, extracted: object, **kwargs: Any) -> None:
        QueueMark.objects.get_or_create(project=self.project, member=self, route=0)


class GuidelinesFactory(DjangoModelFactory[Guidelines]):
    class Meta:
        model = Guidelines

    project = factory.SubFactory(ProjectFactory)
    version = 1
    text = "# How to judge\n\nRead both responses to the end. Then say which one serves the person better."


class PromptFactory(DjangoModelFactory[Prompt]):
    class Meta:
        model = Prompt

    project = factory.SubFactory(ProjectFactory)
    content = factory.Sequence(lambda n: f"Question number {n}: what should I read first?")
    content_hash = factory.LazyAttribute(lambda o: _hash(o.content))
    language = "en"


class ResponseFactory(DjangoModelFactory[Response]):
    class Meta:
        model = Response

    prompt = factory.SubFactory(PromptFactory)
    project = factory.SelfAttribute("prompt.project")
    source_model = factory.Sequence(lambda n: f"secretmodel-{n % 5}")
    content = factory.Sequence(lambda n: f"Answer number {n}, with **two** words that matter.")
    content_hash = factory.LazyAttribute(lambda o: _hash([o.content, o.source_model]))


class PairFactory(DjangoModelFactory[Pair]):
    """With its open slots (none where it is gold). ``slots=2`` for another number, ``slots=0`` for none."""

    class Meta:
        model = Pair
        skip_postgeneration_save = True

    prompt = factory.SubFactory(PromptFactory)
    project = factory.SelfAttribute("prompt.project")
    first = factory.SubFactory(ResponseFactory, prompt=factory.SelfAttribute("..prompt"))
    second = factory.SubFactory(ResponseFactory, prompt=factory.SelfAttribute("..prompt"))
    external_id = factory.Sequence(lambda n: f"external-{n}")
    gold_verdict = None
    content_hash = factory.LazyAttribute(lambda o: _hash(o.external_id))

    @factory.post_generation
    def slots(self: Pair, create: bool, extracted: int | None, **kwargs: Any) -> None:
        count = self.project.slots_per_pair if extracted is None else extracted
        if self.gold_verdict is None:
            Slot.objects.bulk_create(
                Slot(project=self.project, pair=self, key=self.pk / 1000, first_on_left=(self.pk + n) % 2 == 0)
                for n in range(count)
            )
