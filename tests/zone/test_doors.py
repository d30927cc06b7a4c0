# SPDX-License-Identifier: Apache-2.0
"""A pause through each door is seen at all others."""
from lab import wait_until

UNIT = "nova-compute.service"
TARGET = "novahost-paused@nova-compute.target"
PAUSE_UNIT = "novahost-pause@nova-compute.service"


def owners(service):
    return {hold["owner"] for hold in service["holds"]}


def test_a_rest_pause_shows_on_the_bus_and_in_systemctl(zone):
    compute = zone.computes[0]
    record = zone.api.act(zone.api.service(compute.name), "pause", {"reason": "disk swap"})
    assert record["outcome"] == "succeeded" and record["changed"], record
    shown = compute.service(UNIT)
    assert shown["Held"] and shown["Paused"] and shown["Phase"] == "paused"
    assert [hold["reason"] for hold in shown["Holds"]] == ["disk swap"]
    assert shown["Holds"][0]["door"] == "rest"
    wait_until("the paused target follows", lambda: compute.active(TARGET))

    zone.api.act(zone.api.service(compute.name), "resume", {})
    assert not compute.service(UNIT)["Held"]
    wait_until("the paused target follows", lambda: not compute.active(TARGET))


def test_a_bus_pause_shows_in_rest_with_its_host_before_its_actor(zone):
    compute = zone.computes[0]
    compute.pause(UNIT, "from the console")
    service = zone.wait_service(compute, lambda s: s["held"], "held")
    assert service["paused"] and service["phase"] == "paused"
    hold = service["holds"][0]
    assert (hold["reason"], hold["door"], hold["actor"]) == ("from the console", "bus", f"{compute.name}/root")
    wait_until("the paused target follows", lambda: compute.active(TARGET))
    assert not compute.active(PAUSE_UNIT), "that unit follows no other door"
    compute.resume(UNIT)
    zone.wait_service(compute, lambda s: not s["held"], "released")
    wait_until("the paused target follows", lambda: not compute.active(TARGET))


def test_a_unit_pause_shows_everywhere_and_its_stop_releases_only_its_own(zone):
    compute = zone.computes[0]
    compute.write("/etc/novahost/pause/nova-compute.reason", "kernel upgrade\n")
    zone.api.act(zone.api.service(compute.name), "pause", {"reason": "mine too"})
    compute.systemctl("start", PAUSE_UNIT)
    service = zone.wait_service(compute, lambda s: len(s["holds"]) == 2, "two holds")
    unit_hold = [hold for hold in service["holds"] if hold["owner"] == "unit"][0]
    assert (unit_hold["reason"], unit_hold["door"]) == ("kernel upgrade", "unit")
    assert {h["owner"] for h in compute.service(UNIT)["Holds"]} == {"unit", "story-admin"}
    wait_until("the paused target follows", lambda: compute.active(TARGET))

    compute.systemctl("stop", PAUSE_UNIT)
    service = zone.wait_service(compute, lambda s: len(s["holds"]) == 1, "one hold left")
    assert service["held"] and owners(service) == {"story-admin"}
    assert compute.active(TARGET), "another hold is left"


def test_suspend_stop_and_start_through_rest(zone):
    compute = zone.computes[0]
    service = zone.api.service(compute.name)
    assert zone.api.act(service, "suspend")["outcome"] == "succeeded"
    zone.wait_service(compute, lambda s: s["unit"]["freezer_state"] == "frozen", "frozen")
    assert compute.show(UNIT, "FreezerState")["FreezerState"] == "frozen"
    assert zone.api.act(service, "resume", {})["outcome"] == "succeeded"
    zone.wait_service(compute, lambda s: s["unit"]["freezer_state"] == "running", "thawed")

    assert zone.api.act(service, "stop")["outcome"] == "succeeded"
    zone.wait_service(compute, lambda s: s["state"] == "down", "down")
    assert not compute.active(UNIT)
    assert zone.api.act(service, "start")["outcome"] == "succeeded"
    zone.wait_service(compute, lambda s: s["state"] == "up", "up")
    assert compute.active(UNIT)


def test_an_operator_cannot_release_what_another_holds(zone):
    compute = zone.computes[1]
    service = zone.api.service(compute.name)
    zone.api.act(service, "pause", {"reason": "an admin's"})
    refused = zone.as_role("operator").post(f"/services/{service['id']}/action", {"resume": {}})
    assert refused.status == 409
    assert "story-admin" in refused.json["conflictingRequest"]["message"]
    assert "an admin's" in refused.json["conflictingRequest"]["message"]
    assert zone.api.service(compute.name)["held"]


def test_the_history_says_who_when_why_and_through_which_door(zone):
    compute = zone.computes[1]
    service = zone.api.service(compute.name)
    zone.api.act(service, "pause", {"reason": "first"})
    zone.api.act(service, "resume", {})
    done = compute.call(UNIT, "Restart", "a{sv}", "0")
    assert done.returncode == 0, done.stderr

    def history():
        actions = zone.api.get(f"/services/{service['id']}/actions").json["actions"]
        return actions if actions[0]["action"] == "restart" and actions[0]["outcome"] == "succeeded" else None
    newest = wait_until("the restart is in the history", history)
    assert [(a["action"], a["door"]) for a in newest[:3]] == [("restart", "bus"), ("resume", "rest"), ("pause", "rest")]
    assert newest[0]["actor"] == f"{compute.name}/root"
    assert newest[2]["reason"] == "first" and newest[2]["actor"] == "story-admin"
    assert all(a["requested_at"] and a["finished_at"] for a in newest[:3])
