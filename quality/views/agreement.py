"""Who agrees with whom: the heat table of annotators, and the list of every two."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from annotation.views import project_page
from annotation.views.access import STAFF, ProjectRequest, project_access
from common.web.paging import page_of
from common.web.parameters import choice, whole_number
from common.web.tables import file_of, wanted
from quality.pages import heat
from quality.pages.wording import method
from quality.selectors import kappas, runs


@require_safe
@project_access(*STAFF)
def agreement(request: ProjectRequest) -> HttpResponseBase:
    """Who agrees with whom?"""
    how = wanted(request)
    shown = heat.Choice(choice(request, "show", set(heat.Choice), heat.Choice.SHARED))
    sort = choice(request, "sort", heat.SORTS, heat.SORTS[0])
    part, near = whole_number(request, "part", 1), whole_number(request, "near", 0)
    run = runs.latest_run(request.project)
    stored = kappas.kappas(run) if run is not None else None
    if run is None or stored is None or not len(stored):
        if how:
            raise Http404
        return render(request, "quality/agreement.html", project_page.context(request, "quality", section="agreement"))
    pairs = heat.in_order(stored, sort).tolist()
    if how:
        return file_of(request, heat.table(stored, heat.in_order(stored, "n").tolist(), run), how)
    at = next((i for i, member in enumerate(stored.members) if member.number == near), None)
    if (near and at is None) or not 1 <= part <= -(-len(stored.members) // heat.MOST):
        raise Http404
    target = request.project.target_kappa
    page = page_of(request, pairs)
    context = project_page.context(
        request,
        "quality",
        section="agreement",
        run=run,
        found=heat.answer(stored, target),
        heat=heat.heat_table(stored, shown, part=part, around_member=at),
        near=None if at is None else stored.members[at],
        annotators=len(stored.members),
        rows=page,
        table=list(heat.rows(stored, page.object_list, target)),
        sort=sort,
        compared=len(stored),
        method=method(stored.method, {}),
    )
    return render(request, "quality/agreement.html", context)
