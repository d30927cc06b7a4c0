# SPDX-License-Identifier: Apache-2.0
"""Hosts that are cut off, hang or die keep their rows, and nothing is lost or released by it."""
import time

from lab import wait_until

UNIT = "nova-compute.service"


def test_a_host_that_is_cut_off_keeps_its_row_and_both_sides_go_on(zone):
    compute, other = zone.computes
    compute.cut()
    lost = zone.wait_service(compute, lambda s: s["state"] == "unknown", "lost")
    assert lost["unit"]["active_state"] == "active", "the last known facts stay"
    assert zone.api.get(f"/services/{lost['id']}").json["service"]["last_seen"]
    assert zone.api.service(other.name)["state"] == "up"

    accepted = zone.api.post(f"/services/{lost['id']}/action", {"pause": {"reason": "while away"}})
    assert accepted.status == 202, accepted
    refused = zone.api.post(f"/services/{lost['id']}/action", {"stop": {}})
    assert refused.status == 409 and "lost" in refused.json["conflictingRequest"]["message"]
    compute.pause(UNIT, "at the console")
    assert len(compute.service(UNIT)["Holds"]) == 1

    compute.heal()
    both = zone.wait_service(compute, lambda s: s["state"] == "up" and len(s["holds"]) == 2, "both holds", timeout=30)
    assert {h["reason"] for h in both["holds"]} == {"while away", "at the console"}
    wait_until("the host has both", lambda: len(compute.service(UNIT)["Holds"]) == 2)
    record = zone.api.get(accepted.headers["Location"].replace(zone.api.url, "")).json["action"]
    assert record["outcome"] == "succeeded"


def test_a_hung_daemon_is_lost_and_runs_no_command_late(zone):
    compute = zone.computes[0]
    service = zone.api.service(compute.name)
    before = compute.show(UNIT, "InvocationID")
    compute.systemctl("kill", "-s", "SIGSTOP", "novahostd.service")
    sent = zone.api.post(f"/services/{service['id']}/action", {"restart": {"deadline": 1}})
    zone.wait_service(compute, lambda s: s["state"] == "unknown", "lost")
    compute.systemctl("kill", "-s", "SIGCONT", "novahostd.service")
    zone.wait_service(compute, lambda s: s["state"] == "up", "back", timeout=60)
    assert compute.show(UNIT, "InvocationID") == before, "a command past its deadline was run"
    if sent.status == 202:
        record = zone.api.get(sent.headers["Location"].replace(zone.api.url, "")).json["action"]
        assert record["outcome"] in ("expired", "indeterminate"), record


def test_a_command_that_was_fetched_before_the_daemon_hung_is_not_run_when_it_wakes(zone):
    """The bus stands still while the command is fetched, so that systemd cannot be asked; then the daemon does."""
    compute = zone.computes[0]
    service = zone.api.service(compute.name)
    before = compute.show(UNIT, "InvocationID")

    def record():
        return zone.api.get(sent.headers["Location"].replace(zone.api.url, "")).json["action"]

    compute.systemctl("kill", "-s", "SIGSTOP", "dbus.service")
    try:
        sent = zone.api.post(f"/services/{service['id']}/action", {"restart": {"deadline": 5}})
        past_its_deadline = time.monotonic() + 5
        assert sent.status == 202, sent
        wait_until("the host has fetched it", lambda: record()["outcome"] == "running")
        compute.systemctl("kill", "-s", "SIGSTOP", "novahostd.service")
    finally:
        compute.systemctl("kill", "-s", "SIGCONT", "dbus.service")
    assert time.monotonic() < past_its_deadline, "the daemon was still to act when it hung"
    zone.wait_service(compute, lambda s: s["state"] == "unknown", "lost")
    wait_until("its deadline has passed", lambda: time.monotonic() > past_its_deadline)
    compute.systemctl("kill", "-s", "SIGCONT", "novahostd.service")
    zone.wait_service(compute, lambda s: s["state"] == "up", "back", timeout=60)
    ended = wait_until("the host has said how it ended", lambda: (r := record())["outcome"] == "expired" and r)
    assert "its deadline passed before systemd was called" in ended["message"], ended
    assert compute.show(UNIT, "InvocationID") == before, "a command past its deadline was run"


def test_kill_9_of_either_daemon_loses_no_acknowledged_hold(zone):
    compute = zone.computes[0]
    service = zone.api.service(compute.name)
    accepted = zone.api.post(f"/services/{service['id']}/action", {"pause": {"reason": "acknowledged"}})
    zone.controller.systemctl("kill", "-s", "SIGKILL", "novazoned.service")
    assert accepted.status == 202
    compute.pause(UNIT, "acknowledged here")
    compute.systemctl("kill", "-s", "SIGKILL", "novahostd.service")

    def both_known():
        answer = zone.api.get(f"/services/{service['id']}")
        return answer.status == 200 and len(answer.json["service"]["holds"]) == 2
    wait_until("the zone has both holds", both_known, 60)
    wait_until("the host has both holds", lambda: len(compute.service(UNIT)["Holds"]) == 2, 30)


def test_restarts_of_the_bus_and_of_systemd_change_nothing(zone):
    compute = zone.computes[0]
    zone.api.act(zone.api.service(compute.name), "pause", {"reason": "stays"})
    compute.systemctl("daemon-reexec")
    compute.systemctl("restart", "dbus.service")
    wait_until("novahostd is on the bus again",
               lambda: compute.ok("busctl", "status", "org.openstack.NovaHost1"), 30)
    assert [h["reason"] for h in compute.service(UNIT)["Holds"]] == ["stays"]
    zone.wait_service(compute, lambda s: s["state"] == "up" and s["held"], "up and held", timeout=30)
