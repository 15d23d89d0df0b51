"""Addresses of the pages. Names are used with the namespace: ``annotation:judge``."""

from __future__ import annotations

from django.urls import path

from annotation import urls_manage as manage
from annotation.views import account, guidelines, history, home, judging, tokens

app_name = "annotation"

urlpatterns = [
    path("", home.home, name="home"),
    path("account", account.account, name="account"),
    path("account/session", account.session, name="session"),
    path("account/tokens", tokens.tokens, name="tokens"),
    path("account/tokens/<slug:prefix>/revoke", tokens.revoke, name="token_revoke"),
    path("p/<slug:slug>/judge", judging.judge, name="judge"),
    path("p/<slug:slug>/judge/next", judging.next_pair, name="next_pair"),
    path("p/<slug:slug>/undo", judging.undo, name="undo"),
    path("p/<slug:slug>/a/<uuid:uuid>/submit", judging.submit, name="submit"),
    path("p/<slug:slug>/a/<uuid:uuid>/change", judging.change, name="change"),
    path("p/<slug:slug>/a/<uuid:uuid>/skip", judging.skip, name="skip"),
    path("p/<slug:slug>/a/<uuid:uuid>/flag", judging.flag, name="flag"),
    path("p/<slug:slug>/a/<uuid:uuid>/draft", judging.draft, name="draft"),
    path("p/<slug:slug>/a/<uuid:uuid>/renew", judging.renew, name="renew"),
    path("p/<slug:slug>/a/<uuid:uuid>/leave", judging.leave, name="leave"),
    path("p/<slug:slug>/guidelines", guidelines.guidelines, name="guidelines"),
    path("p/<slug:slug>/history", history.history, name="history"),
    path("p/<slug:slug>/goal", history.goal, name="goal"),
]
urlpatterns += manage.urlpatterns
