# SPDX-License-Identifier: Apache-2.0
"""packaging/quickstart --demo: from built packages to a zone whose real Nova services are up, and gone again."""
import os
import subprocess

import pytest

from lab import PACKAGES, ROOT, Host
from zone import Api

QUICKSTART = str(ROOT / "packaging" / "quickstart")
NOVA_SERVICES = {
    ("controller", "nova-api"), ("controller", "nova-api-metadata"), ("controller", "nova-conductor"),
    ("controller", "nova-scheduler"), ("compute1", "nova-compute"), ("compute2", "nova-compute")}


@pytest.fixture(scope="module")
def demo(new_lab):
    return new_lab("test-demo")


def quickstart(lab, *args):
    return subprocess.run([QUICKSTART, *args], capture_output=True, text=True, timeout=900,
                          env={**os.environ, "NOVA_LAB": lab.name})


def settings(lab):
    lines = (ROOT / "build" / lab.name / "env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def api_of(lab):
    env = settings(lab)
    with open(env["ZONE_CA"]) as ca, open(env["ZONE_TOKEN_FILE"]) as token:
        return Api(env["ZONE_URL"], ca.read(), token.read().strip())


def test_the_demo_shows_novas_real_services_and_goes_without_a_trace(demo):
    started = quickstart(demo, "--demo", "--packages", str(PACKAGES))
    assert started.returncode == 0, started.stdout + started.stderr

    rows = api_of(demo).services()
    assert {(row["host"], row["binary"]) for row in rows} == NOVA_SERVICES
    for host, binary in NOVA_SERVICES:
        assert Host(demo, host).active(f"{binary}.service"), f"{binary} on {host}"

    said = quickstart(demo, "exec", "compute1", "hostname")
    assert (said.returncode, said.stdout) == (0, "compute1\n")
    again = quickstart(demo, "--demo", "--packages", str(PACKAGES))
    assert again.returncode == 0, again.stdout + again.stderr
    assert settings(demo)["ZONE_URL"] in again.stdout

    assert quickstart(demo, "down").returncode == 0
    assert demo.run("status").stdout == ""
    assert not (ROOT / "build" / demo.name).exists()
