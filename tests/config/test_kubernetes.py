"""What docs/kubernetes.md says of probes: its YAML is read, and a kubelet's requests are sent to a real web process."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from config.env import PARSERS
from tests.config.processes import ROOT
from tests.programs import WebProcess, WebProcessFactory

NODE = "127.0.0.2"
"""The kubelet's address here, where all of 127.0.0.0/8 is this machine; 127.0.0.3 is that of some pod."""
POD = "10.244.1.17:8000"

BLOCKS = [
    yaml.safe_load(block)
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "kubernetes.md").read_text(), re.DOTALL)
]


def container() -> dict[str, Any]:
    (one,) = BLOCKS[0]["spec"]["template"]["spec"]["containers"]
    return dict(one)


def environment() -> dict[str, str]:
    """Return the variables of the web container as the kubelet sets them."""
    known: dict[str, str] = {}
    for entry in container()["env"]:
        if "valueFrom" in entry:
            assert entry["valueFrom"] == {"fieldRef": {"fieldPath": "status.hostIP"}}
            known[entry["name"]] = NODE
        else:
            known[entry["name"]] = re.sub(r"\$\((\w+)\)", lambda found: known[found[1]], entry["value"])
    return known


@dataclass
class Kubelet:
    """Sends what k8s.io/kubernetes/pkg/probe/http sends."""

    web: WebProcess
    address: str = NODE

    def status(self, probe: dict[str, Any]) -> int:
        get = probe["httpGet"]
        assert get["port"] == "http"
        headers = {header["name"]: header["value"] for header in get.get("httpHeaders", [])}
        lines = [
            f"GET {get['path']} HTTP/1.1",
            f"Host: {headers.pop('Host', POD)}",
            "User-Agent: kube-probe/1.33",
            "Accept: */*",
            "Connection: close",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        source = (self.address, 0)
        with socket.create_connection(("127.0.0.1", self.web.port), timeout=20, source_address=source) as connection:
            connection.sendall("\r\n".join([*lines, "", ""]).encode())
            return int(connection.makefile("rb").readline().split()[1])


@pytest.fixture
def start(web_process: WebProcessFactory) -> Callable[..., WebProcess]:
    """A factory of web processes with the production settings and the variables of the document."""
    wanted = {name: value for name, value in environment().items() if name in PARSERS and name != "REDIS_URL"}
    wanted["SECRET_KEY"] = "n0t-a-secret-but-long-enough-for-what-is-tried-here-0123456789"

    def begin(**more: str) -> WebProcess:
        return web_process(DJANGO_SETTINGS_MODULE="config.settings.production", **{**wanted, **more})

    return begin


@pytest.mark.django_db(transaction=True)
class TestAKubelet:
    def test_gets_what_each_probe_of_the_document_asks_for(self, start: Callable[..., WebProcess]) -> None:
        kubelet = Kubelet(start())
        one = container()
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert kubelet.status(one[name]) == 200, name

    def test_needs_the_host_header_and_an_address_that_is_allowed_for_readiness_alone(
        self, start: Callable[..., WebProcess]
    ) -> None:
        web = start()
        ready, live = container()["readinessProbe"], container()["livenessProbe"]
        without = {"httpGet": {**ready["httpGet"], "httpHeaders": []}}
        assert Kubelet(web).status(without) == 400
        assert Kubelet(web, "127.0.0.3").status(ready) == 403
        assert Kubelet(web, "127.0.0.3").status(live) == 200

    def test_of_a_pod_without_its_database_keeps_it_alive_and_not_ready(self, start: Callable[..., WebProcess]) -> None:
        kubelet = Kubelet(start(DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing"))
        assert kubelet.status(container()["livenessProbe"]) == 200
        assert kubelet.status(container()["readinessProbe"]) == 503


class TestTheDocument:
    def test_names_variables_that_concord_reads(self) -> None:
        names = {entry["name"].removesuffix("_FILE") for entry in container()["env"]}
        assert names - set(PARSERS) == {"NODE_IP"}

    def test_gives_the_worker_and_beat_the_health_checks_of_compose(self) -> None:
        services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
        for role in ("worker", "beat"):
            kind, script = services[role]["healthcheck"]["test"]
            assert kind == "CMD-SHELL"
            assert BLOCKS[1][role]["livenessProbe"]["exec"]["command"] == ["/bin/sh", "-c", script.replace("$$", "$")]
            assert BLOCKS[1][role]["args"] == [role]

    def test_mounts_what_the_image_writes_to(self) -> None:
        pod = BLOCKS[0]["spec"]["template"]["spec"]
        mounted = {mount["mountPath"] for mount in container()["volumeMounts"] if not mount.get("readOnly")}
        assert mounted == {"/app/var", "/tmp"}
        assert {mount["name"] for mount in container()["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
        assert container()["securityContext"]["readOnlyRootFilesystem"] is True
        for name in ("SECRET_KEY_FILE", "DATABASE_URL_FILE"):
            value = environment()[name]
            assert any(value.startswith(f"{mount['mountPath']}/") for mount in container()["volumeMounts"])
