# SPDX-License-Identifier: Apache-2.0
"""How the zone tells a host that is lost from one that left, moved, or is there twice; and what it says of itself."""
import time

from lab import wait_until

UNIT = "nova-compute.service"
ZONE_CONF = "/etc/novahost/novahostd.conf.d/zone.conf"
STATE = "/var/lib/novahost"
CONFLICT = "8525b1e6e26548b8b48917f0f3c93e09"
LOST = "397d418adb3b49ac94308b047d09de56"


def state_of(zone, host):
    answer = zone.api.get(f"/hosts/{host.name}")
    return answer.json["host"]["state"] if answer.status == 200 else None


def conflict_of(zone, host):
    return zone.api.get(f"/hosts/{host.name}").json["host"].get("conflict")


def entries(zone, since, message_id):
    """What novazoned wrote of one kind since a moment of the controller's clock."""
    return zone.controller.journal("-u", "novazoned", "-o", "cat", f"--since=@{since}", f"MESSAGE_ID={message_id}")


def now_there(zone):
    return zone.controller.run("date", "+%s.%N").strip()


def test_a_loss_shows_within_three_seconds(zone):
    compute = zone.computes[0]
    compute.cut()
    cut_off = time.monotonic()
    wait_until("lost", lambda: state_of(zone, compute) == "lost", 10)
    assert time.monotonic() - cut_off < 3, "the promise of a zone of up to 1,000 hosts"


def test_a_planned_stop_is_no_loss(zone):
    compute = zone.computes[0]
    compute.systemctl("stop", "novahostd")
    wait_until("left", lambda: state_of(zone, compute) == "left", 5)
    assert zone.api.service(compute.name)["state"] == "unknown", "nobody says any more how it is"
    compute.systemctl("start", "novahostd")
    wait_until("up", lambda: state_of(zone, compute) == "up", 15)


def test_the_second_url_takes_over(zone):
    compute = zone.computes[0]
    before = compute.read(ZONE_CONF)
    compute.write(ZONE_CONF, before.replace("URL=", "URL=https://controller:8789 "))
    try:
        compute.systemctl("restart", "novahostd")
        wait_until("up over the second", lambda: state_of(zone, compute) == "up", 20)
        zone.api.act(zone.api.service(compute.name), "pause", {"reason": "over the second"})
        assert [h["reason"] for h in compute.service(UNIT)["Holds"]] == ["over the second"]
    finally:
        compute.write(ZONE_CONF, before)
        compute.systemctl("restart", "novahostd")


def test_two_machines_with_one_host_id_are_refused_and_named(zone):
    original, copy = zone.computes
    since = now_there(zone)
    copy.systemctl("stop", "novahostd")
    copy.run("cp", "-a", STATE, STATE + ".own")
    state = original.lab.run("exec", original.name, "sh", "-c", f"tar -C {STATE} -c . | base64").stdout
    copy.run("sh", "-c", f"base64 -d | tar -C {STATE} -x", text=state)
    copy.write("/etc/novahost/novahostd.conf.d/copy.conf", f"[Host]\nNovaHost={original.name}\n")
    try:
        copy.systemctl("start", "novahostd")
        wait_until("named in the journal", lambda: original.name in entries(zone, since, CONFLICT), 60)
        shown = wait_until("shown", lambda: conflict_of(zone, original), 10)
        assert shown.count("machine") >= 2, shown
    finally:
        copy.systemctl("stop", "novahostd")
        copy.run("rm", "-f", "/etc/novahost/novahostd.conf.d/copy.conf")
        copy.run("sh", "-c", f"find {STATE} -mindepth 1 -delete && cp -a {STATE}.own/. {STATE}/ && rm -r {STATE}.own")
        copy.systemctl("start", "novahostd")
    # Until a silence is a loss it is still "up" by its last word, so that alone says nothing.
    wait_until("the original is alone", lambda: not conflict_of(zone, original), 90)
    wait_until("the original is believed again", lambda: state_of(zone, original) == "up", 10)


def test_a_zone_that_hangs_calls_nobody_lost_for_it(zone):
    since = now_there(zone)
    service = zone.api.service(zone.computes[0].name)
    before = zone.computes[0].show(UNIT, "InvocationID")
    zone.controller.systemctl("kill", "-s", "SIGSTOP", "novazoned.service")
    stopped = time.monotonic()
    zone.computes[0].pause(UNIT, "while the zone hangs")
    wait_until("longer than any silence", lambda: time.monotonic() - stopped > 6, 10)
    zone.controller.systemctl("kill", "-s", "SIGCONT", "novazoned.service")
    zone.wait_service(zone.computes[0], lambda s: s["state"] == "up" and s["held"], "heard and held", timeout=30)
    assert "is lost" not in entries(zone, since, LOST)
    assert zone.computes[0].show(UNIT, "InvocationID") == before
    assert service["id"] == zone.api.service(zone.computes[0].name)["id"]
