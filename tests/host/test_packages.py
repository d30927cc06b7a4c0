# SPDX-License-Identifier: Apache-2.0
"""The packages: installed, upgraded, removed and purged, with holds in place and without touching what is not theirs."""
import base64
import contextlib
import re
import sqlite3
import subprocess

import pytest
from lab import PACKAGES, wait_until
from zone import Zone

UNIT = "nova-compute.service"
PAUSE = "novahost-pause@nova-compute.service"
VANISHED = "/usr/share/dbus-1/interfaces/org.openstack.NovaHost0.xml"
IDENTITY = "/var/lib/novahost/pki/host.crt"
DATABASE = "/var/lib/novazone/zone.db"


def only(folder, name):
    (deb,) = folder.glob(f"{name}_*.deb")
    return deb


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """An earlier version that differs: its units are others, and it has a file that is gone since. What it leaves in
    the zone's database differs as well (back_to_the_first_schema)."""
    made = tmp_path_factory.mktemp("older")
    for name in ("novahostd", "novazoned"):
        tree = made / name
        subprocess.run(["dpkg-deb", "-R", only(PACKAGES, name), tree], check=True)
        control = tree / "DEBIAN" / "control"
        control.write_text(re.sub(r"^Version: .*", "Version: 0.0.9", control.read_text(), flags=re.M))
        unit = tree / "lib" / "systemd" / "system" / f"{name}.service"
        unit.write_text(unit.read_text().replace("RestartSec=1s", "RestartSec=7s"))
        if name == "novahostd":
            (tree / VANISHED.lstrip("/")).write_text("<node/>\n")
        (tree / "DEBIAN" / "md5sums").unlink()
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made / f"{name}_0.0.9_older.deb"], check=True,
                       capture_output=True)
    return made


@pytest.fixture(scope="module")
def machine(new_lab):
    host = new_lab("test-packages").boot("controller")
    host.stand_in("nova-compute")
    return host


def install(host, folder, *names):
    files = []
    for name in names:
        deb = only(folder, name)
        host.copy_in(deb, f"/root/{deb.name}", "0644")
        files.append(f"/root/{deb.name}")
    host.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", *files, timeout=120)


def version(host, name):
    return host.run("dpkg-query", "--show", "--showformat=${Version}", name)


def nginx_as_it_is(host):
    """Everything of the machine's own nginx that a package of ours might have touched."""
    files = host.run("sh", "-c", "find /etc/nginx /lib/systemd/system/nginx.service -type f -o -type l | sort | xargs sha256sum")
    enabled = host.execute("systemctl", "is-enabled", "nginx.service").stdout
    return files, enabled, host.show("nginx.service", "ActiveState", "InvocationID", "MainPID")


def join_own_zone(machine):
    """The zone of one host, as an administrator makes it."""
    zone = Zone(machine.lab, machine, [])
    zone.connect()
    zone.join(machine)
    zone.wait_heard()
    return zone


@contextlib.contextmanager
def copy_of(machine, file, folder):
    """A file of sqlite as a connection here; the machine has no program for it."""
    copy = folder / "copy.db"
    copy.write_bytes(base64.b64decode(machine.run("base64", file)))
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        yield connection


def look_into_database(machine, folder, query):
    """One row of the zone's database as it is, with the daemon at work."""
    machine.run("rm", "-f", "/root/look.db")
    machine.run("novazoned", "--backup", "/root/look.db")
    with copy_of(machine, "/root/look.db", folder) as connection:
        return connection.execute(query).fetchone()


def back_to_the_first_schema(machine, folder):
    """The database as the earlier version has it: made by the first step alone (rest/store/sqlite_schema.cpp), with
    everything that was done in it. Its package stops the daemon before it is replaced, as older ones did."""
    machine.systemctl("stop", "novazoned.service")
    assert not machine.ok("test", "-s", f"{DATABASE}-wal"), "all of it is in the one file"
    with copy_of(machine, DATABASE, folder) as connection:
        connection.executescript("PRAGMA journal_mode=DELETE; BEGIN; DROP TABLE forgotten; PRAGMA user_version=1; COMMIT;")
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    machine.copy_in(folder / "copy.db", "/root/first.db")
    machine.run("sh", "-c", f"cat /root/first.db > {DATABASE}")  # its owner stays


def reasons(machine):
    return sorted(hold["reason"] for hold in machine.service(UNIT)["Holds"])


def test_an_upgrade_keeps_holds_history_and_pause_and_leaves_nginx_alone(machine, older, tmp_path):
    machine.systemctl("start", "nginx.service")
    before = nginx_as_it_is(machine)
    assert before[2]["ActiveState"] == "active"
    install(machine, older, "novahostd", "novazoned")
    assert version(machine, "novahostd") == "0.0.9"
    zone = join_own_zone(machine)
    machine.pause(UNIT, "released before the upgrade", ("owner", "s", "earlier"))
    machine.resume(UNIT, ("owner", "s", "earlier"))
    machine.pause(UNIT, "held over the upgrade")
    machine.write("/etc/novahost/pause/nova-compute.reason", "also at boot\n")
    machine.systemctl("enable", "--now", PAUSE)
    service = zone.wait_service(machine, lambda s: len(s["holds"]) == 2, "both holds in the zone")
    zone.api.act(service, "pause", {"reason": "from the zone"})
    holds = sorted(machine.service(UNIT)["Holds"], key=lambda hold: hold["id"])
    assert reasons(machine) == ["also at boot", "from the zone", "held over the upgrade"]
    identity = machine.read(IDENTITY)
    actions = [action["request_id"] for action in zone.api.get(f"/services/{service['id']}/actions").json["actions"]]
    nova, paused_by_unit = machine.show(UNIT, "InvocationID"), machine.show(PAUSE, "InvocationID", "ActiveState")
    (newest,) = look_into_database(machine, tmp_path, "PRAGMA user_version")
    back_to_the_first_schema(machine, tmp_path)

    install(machine, PACKAGES, "novahostd", "novazoned")

    assert version(machine, "novahostd") != "0.0.9"
    wait_until("novahostd is back", lambda: machine.ok("busctl", "status", "org.openstack.NovaHost1"))
    assert machine.show("novahostd.service", "RestartUSec", "NeedDaemonReload") == {
        "RestartUSec": "1s", "NeedDaemonReload": "no"}
    assert machine.show("novazoned.service", "RestartUSec")["RestartUSec"] == "1s"
    assert not machine.ok("test", "-e", VANISHED)
    after = machine.service(UNIT)
    assert after["Paused"] and sorted(after["Holds"], key=lambda hold: hold["id"]) == holds
    history = machine.call(UNIT, "History", "u", "10")
    assert "released before the upgrade" in history.stdout, history.stderr
    assert machine.show(UNIT, "InvocationID") == nova, "the upgrade restarted Nova"
    assert machine.show(PAUSE, "InvocationID", "ActiveState") == paused_by_unit
    assert machine.ok("systemctl", "is-enabled", PAUSE)
    assert machine.read(IDENTITY) == identity
    wait_until("the zone answers", lambda: zone.api.get("/healthz").status == 200)
    zone.wait_heard()
    zone.wait_service(machine, lambda s: len(s["holds"]) == 3, "its holds in the zone")
    assert look_into_database(machine, tmp_path, "PRAGMA user_version") == (newest,) and newest > 1
    times = look_into_database(machine, tmp_path, "SELECT count(*) FROM forgotten WHERE since = 0")
    assert times == (1,), "a database from before that step knows nothing of its past"
    kept = zone.api.get(f"/services/{service['id']}/actions").json["actions"]
    assert set(actions) <= {action["request_id"] for action in kept}
    assert nginx_as_it_is(machine) == before


def test_a_new_nginx_restarts_only_the_front(machine):
    """What dpkg does for us when nginx's program was replaced."""
    install(machine, PACKAGES, "novahostd", "novazoned")
    wait_until("the front", lambda: machine.active("novazoned-front.service"))
    before = nginx_as_it_is(machine)
    zone, front = (machine.show(f"novazoned{part}.service", "InvocationID") for part in ("", "-front"))
    machine.run("dpkg-trigger", "--by-package=nginx", "--no-await", "/usr/sbin/nginx")
    machine.run("dpkg", "--configure", "--pending", timeout=120)
    wait_until("the front again", lambda: machine.active("novazoned-front.service"))
    assert machine.show("novazoned-front.service", "InvocationID") != front
    assert machine.show("novazoned.service", "InvocationID") == zone
    assert nginx_as_it_is(machine) == before


def test_removing_keeps_what_is_known_and_purging_forgets_it(machine):
    before = nginx_as_it_is(machine)
    install(machine, PACKAGES, "novahostd", "novazoned")
    machine.pause(UNIT, "outlives the package", ("owner", "s", "packages"))
    machine.write("/etc/novahost/pause/nova-compute.reason", "also at boot\n")
    machine.systemctl("enable", PAUSE)
    machine.systemctl("restart", PAUSE)
    assert {"also at boot", "outlives the package"} <= set(reasons(machine))

    machine.run("dpkg", "--remove", "novahostd", "novazoned")
    assert machine.active(UNIT), "removing us stopped Nova"
    assert not machine.ok("systemctl", "is-active", "novahostd.service")
    assert machine.show(PAUSE, "ActiveState")["ActiveState"] == "inactive", "it would fail when it is stopped"
    assert machine.ok("test", "-s", "/var/lib/novahost/holds.json")

    install(machine, PACKAGES, "novahostd")
    assert {"also at boot", "outlives the package"} <= set(reasons(machine)), "removing released a hold"
    assert machine.ok("systemctl", "is-enabled", PAUSE)
    machine.systemctl("start", PAUSE)

    machine.run("dpkg", "--purge", "novahostd", "novazoned")
    for path in ("/var/lib/novahost", "/var/lib/novazone", "/etc/novahost/pause", "/etc/novazone"):
        assert not machine.ok("test", "-e", path), path
    assert machine.run("systemctl", "list-units", "--all", "--plain", "--no-legend", "novahost*") == ""
    assert machine.active(UNIT)
    assert nginx_as_it_is(machine) == before


def test_an_installation_after_a_purge_pauses_nothing(machine):
    install(machine, PACKAGES, "novahostd")
    machine.write("/etc/novahost/pause/nova-compute.reason", "before the purge\n")
    machine.systemctl("enable", "--now", PAUSE)
    machine.run("dpkg", "--purge", "novahostd")
    install(machine, PACKAGES, "novahostd")
    assert machine.execute("systemctl", "is-enabled", PAUSE).stdout.strip() == "disabled"
    machine.reboot()
    wait_until("novahostd", lambda: machine.ok("busctl", "status", "org.openstack.NovaHost1"))
    assert not machine.service(UNIT)["Held"]
    assert not machine.ok("test", "-e", "/etc/novahost/pause/nova-compute.reason")


def test_the_daemon_starts_at_the_first_try(machine):
    """The bus knows our policy and our user before the daemon asks for its name."""
    machine.execute("dpkg", "--purge", "novahostd")
    install(machine, PACKAGES, "novahostd")
    assert machine.ok("systemctl", "is-active", "novahostd.service")
    assert machine.show("novahostd.service", "NRestarts")["NRestarts"] == "0"


def test_apt_brings_what_the_units_call_to_a_machine_that_has_nothing():
    """Resolved against an empty dpkg status: what we need is in Depends, not by chance on the machine."""
    debs = [str(only(PACKAGES, name)) for name in ("novahostd", "novazoned")]
    command = ["apt-get", "--simulate", "--no-install-recommends", "-o", "Dir::State::status=/dev/null", "install", *debs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    brought = set(re.findall(r"^Inst (\S+)", done.stdout, re.M))
    assert {"novahostd", "novazoned", "dbus", "polkitd", "procps", "systemd"} <= brought, done.stdout + done.stderr
    assert any(name.startswith("nginx") for name in brought)
