"""The models of annotation: fields and constraints, no logic."""

from annotation.models.access import ApiToken, AuditEvent
from annotation.models.adjudication import Adjudication
from annotation.models.annotation import Annotation, AnnotationRevision
from annotation.models.assignment import Assignment, Draft, Flag, Skip, TakenBack
from annotation.models.attributes import Attribute, AttributeValue
from annotation.models.importing import Import, ImportLine
from annotation.models.job import Job
from annotation.models.member import Member, QueueMark
from annotation.models.pair import Pair, Slot
from annotation.models.project import Guidelines, Project
from annotation.models.prompt import Prompt, PromptSet, Response
from annotation.models.session import Session
from annotation.models.touched import Touched
from annotation.models.user import User

__all__ = [
    "Adjudication",
    "Annotation",
    "AnnotationRevision",
    "ApiToken",
    "Assignment",
    "Attribute",
    "AttributeValue",
    "AuditEvent",
    "Draft",
    "Flag",
    "Guidelines",
    "Import",
    "ImportLine",
    "Job",
    "Member",
    "Pair",
    "Project",
    "Prompt",
    "PromptSet",
    "QueueMark",
    "Response",
    "Session",
    "Skip",
    "Slot",
    "TakenBack",
    "Touched",
    "User",
]
