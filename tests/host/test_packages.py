# SPDX-License-Identifier: Apache-2.0
"""The packages: installed, upgraded, removed and purged, with holds in place and without touching what is not theirs."""
import subprocess

import pytest
from lab import PACKAGES, ROOT, wait_until

UNIT = "nova-compute.service"
OLDER = ROOT / "build" / "packages-older"


@pytest.fixture(scope="module")
def older():
    """The same sources as an earlier version."""
    done = subprocess.run([ROOT / "packaging" / "build-packages", "--version", "0.0.9", "--output", OLDER],
                          capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return OLDER


@pytest.fixture(scope="module")
def machine(new_lab):
    host = new_lab("test-packages").boot("controller")
    host.stand_in("nova-compute")
    return host


def install(host, folder, *names):
    files = []
    for name in names:
        (deb,) = folder.glob(f"{name}_*.deb")
        host.copy_in(deb, f"/root/{deb.name}", "0644")
        files.append(f"/root/{deb.name}")
    host.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", *files, timeout=120)


def version(host, name):
    return host.run("dpkg-query", "--show", "--showformat=${Version}", name)


def nginx_as_it_is(host):
    """Everything of the machine's own nginx that a package of ours might have touched."""
    files = host.run("sh", "-c", "find /etc/nginx /lib/systemd/system/nginx.service -type f -o -type l | sort | xargs sha256sum")
    state = host.execute("systemctl", "is-enabled", "nginx.service").stdout
    active = host.execute("systemctl", "is-active", "nginx.service").stdout
    return files, state, active


def test_an_upgrade_keeps_holds_history_and_pause_and_leaves_nginx_alone(machine, older):
    before = nginx_as_it_is(machine)
    install(machine, older, "novahostd", "novazoned")
    assert version(machine, "novahostd") == "0.0.9"
    machine.pause(UNIT, "released before the upgrade", ("owner", "s", "earlier"))
    machine.resume(UNIT, ("owner", "s", "earlier"))
    machine.pause(UNIT, "held over the upgrade")
    hold = machine.service(UNIT)["Holds"][0]
    token = machine.run("novazoned", "--create-token", "kept", "--role", "reader").strip()
    invocation = machine.show(UNIT, "InvocationID")

    install(machine, PACKAGES, "novahostd", "novazoned")
    assert version(machine, "novahostd") != "0.0.9"
    wait_until("novahostd is back", lambda: machine.ok("busctl", "status", "org.openstack.NovaHost1"))
    after = machine.service(UNIT)
    assert after["Paused"] and after["Holds"] == [hold]
    history = machine.call(UNIT, "History", "u", "10")
    assert "released before the upgrade" in history.stdout, history.stderr
    assert machine.show(UNIT, "InvocationID") == invocation, "the upgrade restarted Nova"
    assert "kept" in machine.run("novazoned", "--list-tokens")
    assert token not in machine.run("novazoned", "--list-tokens")
    assert nginx_as_it_is(machine) == before


def test_removing_keeps_what_is_known_and_purging_forgets_it(machine):
    before = nginx_as_it_is(machine)
    install(machine, PACKAGES, "novahostd", "novazoned")
    machine.pause(UNIT, "outlives the package", ("owner", "s", "packages"))
    machine.run("dpkg", "--remove", "novahostd", "novazoned")
    assert machine.active(UNIT), "removing us stopped Nova"
    assert not machine.ok("systemctl", "is-active", "novahostd.service")
    assert machine.ok("test", "-s", "/var/lib/novahost/holds.json")

    install(machine, PACKAGES, "novahostd")
    assert "outlives the package" in [h["reason"] for h in machine.service(UNIT)["Holds"]]

    machine.run("dpkg", "--purge", "novahostd", "novazoned")
    for path in ("/var/lib/novahost", "/var/lib/novazone", "/etc/novahost", "/etc/novazone"):
        assert not machine.ok("test", "-e", path), path
    assert machine.active(UNIT)
    assert nginx_as_it_is(machine) == before


def test_the_daemon_starts_at_the_first_try(machine):
    """The bus knows our policy and our user before the daemon asks for its name."""
    machine.execute("dpkg", "--purge", "novahostd")
    install(machine, PACKAGES, "novahostd")
    assert machine.ok("systemctl", "is-active", "novahostd.service")
    assert machine.show("novahostd.service", "NRestarts")["NRestarts"] == "0"
