# SPDX-License-Identifier: Apache-2.0
"""One booted host with novahostd from its package and stand-ins for Nova's units, shared by the host stories."""
import pytest

STAND_INS = ("nova-compute", "nova-api")


@pytest.fixture(scope="session")
def booted(new_lab):
    host = new_lab("test-host").boot("compute1")
    for name in STAND_INS:
        host.stand_in(name)
    host.install_packages("novahostd")
    return host


@pytest.fixture
def host(booted):
    """As a story finds it: both services up, nothing held, no configuration of an earlier story."""
    reset(booted)
    yield booted


def reset(host):
    leftovers = host.run("find", "/etc/novahost", "-name", "*.conf", "-path", "*conf.d*").split()
    if leftovers:
        host.run("rm", "-f", *leftovers)
        host.systemctl("restart", "novahostd")
    for name in STAND_INS:
        host.execute("systemctl", "thaw", f"{name}.service")
        host.systemctl("unmask", f"{name}.service")
        host.systemctl("reset-failed")
        host.systemctl("start", f"{name}.service")
    host.systemctl("start", "novahostd")
    for name in STAND_INS:
        if host.service(f"{name}.service")["Held"]:
            host.resume(f"{name}.service", ("all", "b", "true"), ("override", "b", "true"))
