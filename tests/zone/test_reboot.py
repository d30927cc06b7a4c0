# SPDX-License-Identifier: Apache-2.0
"""A pause outlives a reboot of its host, whatever the door, and is there before nova-compute starts."""

UNIT = "nova-compute.service"
PAUSE_UNIT = "novahost-pause@nova-compute.service"


def monotonic(host, unit, name):
    return int(host.show(unit, name)[name])


def test_the_pauses_of_all_three_doors_are_there_before_nova_compute_starts(zone):
    compute = zone.computes[1]
    zone.api.act(zone.api.service(compute.name), "pause", {"reason": "by REST"})
    compute.pause(UNIT, "by bus")
    compute.systemctl("enable", "--now", PAUSE_UNIT)
    before = compute.service(UNIT)["Holds"]
    assert {h["door"] for h in before} == {"rest", "bus", "unit"}

    compute.reboot()
    after = compute.service(UNIT)
    assert after["Held"] and {h["door"] for h in after["Holds"]} == {"rest", "bus", "unit"}
    assert {h["id"] for h in after["Holds"]} == {h["id"] for h in before}, "a shutdown released nothing"
    ready = monotonic(compute, "novahostd.service", "ActiveEnterTimestampMonotonic")
    started = monotonic(compute, UNIT, "ExecMainStartTimestampMonotonic")
    assert 0 < ready < started, "novahostd was ready before nova-compute was started"
    zone.wait_service(compute, lambda s: s["state"] == "up" and len(s["holds"]) == 3, "heard again", timeout=30)
    compute.systemctl("disable", "--now", PAUSE_UNIT)
