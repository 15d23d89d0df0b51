"""URLs of the pages. Names are used with the namespace: ``annotation:judge``."""

from __future__ import annotations

from django.urls import path

from annotation.views import (
    account,
    attributes,
    flags,
    guidelines,
    history,
    home,
    imports,
    jobs,
    members,
    pairing,
    projects,
    tokens,
)
from annotation.views.judging import assignments, judgements, page, prefetching

app_name = "annotation"

urlpatterns = [
    path("", home.home, name="home"),
    path("account", account.account, name="account"),
    path("account/session", account.session, name="session"),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<slug:prefix>/revoke", tokens.revoke, name="token_revoke"),
    path("p/<slug:slug>/judge", page.judge, name="judge"),
    path("p/<slug:slug>/judge/next", prefetching.next_pair, name="next_pair"),
    path("p/<slug:slug>/undo", judgements.undo, name="undo"),
    path("p/<slug:slug>/a/<uuid:uuid>/submit", judgements.submit, name="submit"),
    path("p/<slug:slug>/a/<uuid:uuid>/change", judgements.change, name="change"),
    path("p/<slug:slug>/a/<uuid:uuid>/skip", assignments.skip, name="skip"),
    path("p/<slug:slug>/a/<uuid:uuid>/flag", assignments.flag, name="flag"),
    path("p/<slug:slug>/a/<uuid:uuid>/draft", assignments.draft, name="draft"),
    path("p/<slug:slug>/a/<uuid:uuid>/renew", assignments.renew, name="renew"),
    path("p/<slug:slug>/a/<uuid:uuid>/leave", assignments.leave, name="leave"),
    path("p/<slug:slug>/guidelines", guidelines.guidelines, name="guidelines"),
    path("p/<slug:slug>/history", history.history, name="history"),
    path("p/<slug:slug>/goal", history.goal, name="goal"),
    # for managers and reviewers
    path("projects", projects.listed, name="projects"),
    path("projects/new", projects.new, name="project_new"),
    path("p/<slug:slug>/settings", projects.settings, name="project_settings"),
    path("p/<slug:slug>/settings/state", projects.move, name="project_move"),
    path("p/<slug:slug>/settings/guidelines", projects.guidelines_edit, name="guidelines_edit"),
    path("p/<slug:slug>/members", members.members, name="members"),
    path("p/<slug:slug>/members/attributes", attributes.attributes, name="attributes"),
    path("p/<slug:slug>/members/<int:number>", members.member, name="member"),
    path("p/<slug:slug>/members/<int:number>/state", members.member_state, name="member_state"),
    path("p/<slug:slug>/members/<int:number>/reset", members.member_reset, name="member_reset"),
    path("p/<slug:slug>/imports", imports.imports, name="imports"),
    path("p/<slug:slug>/imports/<int:number>", imports.import_report, name="import_report"),
    path("p/<slug:slug>/imports/<int:number>/lines", imports.import_lines_raw, name="import_lines"),
    path("p/<slug:slug>/imports/<int:number>/report.csv", imports.import_csv, name="import_csv"),
    path("p/<slug:slug>/pairs", pairing.pairing, name="pairing"),
    path("p/<slug:slug>/flags", flags.flags, name="flags"),
    path("p/<slug:slug>/jobs/<uuid:uuid>", jobs.job, name="job"),
]
