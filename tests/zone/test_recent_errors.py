# SPDX-License-Identifier: Apache-2.0
"""What a service's journal says last is told to those who may know, and figures are as young as the last heartbeat."""
import re

from lab import wait_until

UNIT = "nova-compute.service"


def shown(zone, compute, role="admin"):
    service = zone.api.service(compute.name)
    return zone.as_role(role).get(f"/services/{service['id']}").json["service"]


def messages(service):
    return [entry["message"] for entry in service.get("journal", {}).get("entries", [])]


def fail_with(compute, words):
    """Its next start logs an error from within the unit and fails."""
    compute.write("/run/systemd/system/nova-compute.service.d/fails.conf",
                  f"[Service]\nType=oneshot\nExecStart=\nExecStart=/bin/sh -c 'echo \"<3>{words}\"; exit 1'\n")
    compute.systemctl("daemon-reload")
    assert not compute.ok("systemctl", "restart", UNIT)


def repair(compute):
    compute.run("rm", "-f", "/run/systemd/system/nova-compute.service.d/fails.conf")
    compute.systemctl("daemon-reload")
    compute.systemctl("reset-failed", UNIT)
    compute.systemctl("start", UNIT)


def test_a_service_that_fails_says_why_to_those_who_may_know(zone):
    compute = zone.computes[0]
    try:
        fail_with(compute, "cannot reach the message bus")
        service = wait_until("the admin sees the error", lambda: (
            s := shown(zone, compute)) and "cannot reach the message bus" in messages(s) and s, 10)
        assert service["state"] == "down"
        entry = service["journal"]["entries"][messages(service).index("cannot reach the message bus")]
        assert entry["priority"] == 3 and entry["identifier"] == "sh" and entry["time"].endswith("Z"), entry
        assert any("Failed to start" in text for text in messages(service)), "systemd's own word on the unit"
        assert service["journal"]["since"] < entry["time"] <= service["journal"]["as_of"]
        assert "cannot reach the message bus" in messages(shown(zone, compute, "operator"))
        assert "journal" not in shown(zone, compute, "reader")
        assert "message bus" not in zone.api.get("/services").body.decode()
        assert "message bus" not in compute.run("busctl", "call", "org.openstack.NovaHost1", "/org/openstack/NovaHost1",
                                                "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        assert messages(shown(zone, zone.computes[1])) == [], "another host's is its own"
    finally:
        repair(compute)


def test_nobody_else_can_put_words_into_a_service(zone):
    compute = zone.computes[0]
    compute.run("sh", "-c", f"printf 'MESSAGE=forged\\nPRIORITY=3\\nUNIT={UNIT}\\n' | logger --journald")
    try:
        fail_with(compute, "the real one")
        wait_until("the real error shows", lambda: "the real one" in messages(shown(zone, compute)), 10)
        assert "forged" not in messages(shown(zone, compute))
    finally:
        repair(compute)


def test_a_lost_host_keeps_its_last_and_its_age(zone):
    compute = zone.computes[1]
    wait_until("its journal was read", lambda: "journal" in shown(zone, compute), 10)
    zone.lab.run("freeze", compute.name)
    lost = wait_until("it is lost", lambda: (s := shown(zone, compute)) and s["state"] == "unknown" and s, 15)
    assert lost["journal"]["as_of"] <= lost["last_seen"]
    assert shown(zone, compute)["last_seen"] == lost["last_seen"]
    zone.lab.run("thaw", compute.name)
    wait_until("it is back", lambda: shown(zone, compute)["state"] == "up", 15)


def test_reading_costs_no_memory_that_stays(zone):
    compute = zone.computes[1]
    wait_until("its journal was read", lambda: "journal" in shown(zone, compute), 10)
    pid = compute.show("novahostd", "MainPID")["MainPID"]
    assert "journal/" not in compute.read(f"/proc/{pid}/maps"), "the journal is open only while it is read"
    pss = int(re.search(r"^Pss: +(\d+) kB", compute.read(f"/proc/{pid}/smaps_rollup"), re.M)[1])
    print(f"PSS {pss} kB")
    assert pss <= 12 * 1024


def test_an_administrator_turns_it_off(zone):
    compute = zone.computes[0]
    wait_until("its journal was read", lambda: "journal" in shown(zone, compute), 10)
    compute.write("/etc/novahost/novahostd.conf.d/quiet.conf", "[Zone]\nJournalExcerpts=no\n")
    try:
        compute.systemctl("restart", "novahostd")
        wait_until("the zone has forgotten it", lambda: "journal" not in shown(zone, compute), 10)
    finally:
        compute.run("rm", "/etc/novahost/novahostd.conf.d/quiet.conf")
        compute.systemctl("restart", "novahostd")


def test_a_heartbeat_shows_and_is_no_change(zone):
    path = f"/hosts/{zone.computes[1].name}"
    first = zone.api.get(path)
    host = first.json["host"]
    assert host["state"] == "up" and host["load1"] >= 0
    later = wait_until("the next heartbeats", lambda: (
        h := zone.api.get(path).json["host"]) and h["last_seen"] > host["last_seen"] and h, 10)
    assert later["load1_at"] > host["load1_at"]
    assert zone.api.get(path, headers={"If-None-Match": first.headers["ETag"]}).status == 304
