# SPDX-License-Identifier: Apache-2.0
"""Holds outlive what happens to the daemon, its disk, its bus and its host."""
import json
import random
import subprocess
import time

import pytest
from lab import plain, wait_until

COMPUTE = "nova-compute.service"


def owners(host):
    return sorted(hold["owner"] for hold in host.service(COMPUTE)["Holds"])


def history(host):
    """Owner and end of every hold that has ended, the last first."""
    done = host.call(COMPUTE, "History", "u", "100")
    return [(h["owner"], h["released_by"], h["release_message"]) for h in plain(json.loads(done.stdout)["data"][0])]


@pytest.fixture(autouse=True)
def no_unit_of_an_earlier_story(host):
    host.systemctl("stop", "novahost-pause@nova-compute")


def on_the_bus(host):
    wait_until("novahostd is on the bus", lambda: host.ok("busctl", "status", "org.openstack.NovaHost1"))


def test_kill_nine_at_any_moment_loses_no_acknowledged_hold_and_invents_none(host):
    """A shell inside pauses again and again and writes down each answer; the daemon is killed in between."""
    host.write("/root/pauses.sh", """
      i=0
      while [ ! -e /run/no-more-pauses ]; do
        i=$((i + 1))
        echo "asked $i"
        if busctl --auto-start=no call org.openstack.NovaHost1 "$1" org.openstack.NovaHost1.Service Pause 'sa{sv}' x 1 owner s "o$i" \
            > /dev/null 2>&1; then echo "acknowledged $i"; fi
      done""")
    path = host.service(COMPUTE)["path"]
    asker = subprocess.Popen(["nsenter", "-t", host.leader, "-a", "sh", "/root/pauses.sh", path], stdout=subprocess.PIPE,
                             text=True)
    try:
        for _ in range(8):
            on_the_bus(host)
            time.sleep(random.uniform(0, 0.1))  # a random moment is what this story is about
            host.systemctl("kill", "--signal=KILL", "novahostd")
    finally:
        host.run("touch", "/run/no-more-pauses")
        told = asker.communicate(timeout=60)[0].split("\n")
        host.run("rm", "/run/no-more-pauses")
    asked = {"o" + line.split()[1] for line in told if line.startswith("asked")}
    acknowledged = {"o" + line.split()[1] for line in told if line.startswith("acknowledged")}
    assert len(acknowledged) >= 8 and asked - acknowledged, "it was killed while it worked"
    on_the_bus(host)
    there = set(owners(host))
    assert acknowledged - there == set(), "lost"
    assert there - asked == set(), "invented"


@pytest.fixture
def ironic(host):
    """A second compute service, under one of the names of container deployments."""
    unit = "kolla-nova_compute_ironic-container"
    host.stand_in(unit)
    wait_until("it is shown", lambda: f"{unit}.service" in host.services())
    yield f"{unit}.service"
    host.resume(f"{unit}.service", ("all", "b", "true"), ("override", "b", "true"))
    host.systemctl("disable", "--now", f"{unit}.service")
    host.run("rm", "-rf", f"/etc/systemd/system/{unit}.service", f"/etc/systemd/system/{unit}.service.d")
    host.systemctl("daemon-reload")


def look_at_start(host, unit):
    """What a service would find at its start: the holds on it, in the answer's file."""
    file = f"/run/holds-of-{unit}"
    path = host.service(unit)["path"]
    host.write(f"/etc/systemd/system/{unit}.d/look.conf",
               "[Service]\nExecStartPre=/bin/sh -c 'busctl --auto-start=no --json=short get-property "
               f"org.openstack.NovaHost1 {path} org.openstack.NovaHost1.Service Holds > {file}'\n")
    return file


def test_a_reboot_keeps_every_pause_and_has_it_before_nova_starts(host, ironic):
    host.pause(ironic, "disk swap")
    ironic_found = look_at_start(host, ironic)
    host.pause(COMPUTE, "disk swap", ("owner", "s", "ops"))
    host.write("/etc/novahost/pause/nova-compute.reason", "rack move\n")
    host.systemctl("enable", "--now", "novahost-pause@nova-compute")
    found = look_at_start(host, COMPUTE)
    host.systemctl("daemon-reload")
    ended = history(host)
    try:
        for _ in range(2):
            host.reboot()
            at_start = json.loads(host.read(found))["data"]
            assert sorted(h["owner"]["data"] for h in at_start) == ["ops", "unit"]
            assert [h["reason"]["data"] for h in at_start if h["owner"]["data"] == "unit"] == ["rack move"]
            assert [h["owner"]["data"] for h in json.loads(host.read(ironic_found))["data"]] == ["root"]
            assert owners(host) == ["ops", "unit"]
            assert history(host) == ended, "a shutdown releases nothing"
            assert host.active("novahost-paused@nova-compute.target")
        host.crash()
        assert owners(host) == ["ops", "unit"]
        assert "ordering cycle" not in host.journal("-b", "-o", "cat", "_PID=1")
    finally:
        host.run("rm", "-f", "/etc/systemd/system/nova-compute.service.d/look.conf")
        host.systemctl("disable", "--now", "novahost-pause@nova-compute")
        host.systemctl("daemon-reload")
    assert owners(host) == ["ops"]


def test_a_shutdown_that_stops_the_unit_is_no_resume(host):
    """Even where something stops novahost-pause@ while the machine goes down."""
    host.write("/etc/systemd/system/novahost-pause@.service.d/stopped.conf",
               "[Unit]\nConflicts=shutdown.target\nBefore=shutdown.target\n")
    host.systemctl("daemon-reload")
    host.systemctl("enable", "--now", "novahost-pause@nova-compute")
    hold, ended = host.service(COMPUTE)["Holds"][0]["id"], history(host)
    try:
        host.reboot()
        said = host.journal("-b", "-1", "-u", "novahost-pause@nova-compute", "-o", "cat")
        assert "nova-compute.service stays held: the machine is going down" in said
        assert [h["id"] for h in host.service(COMPUTE)["Holds"]] == [hold] and history(host) == ended
    finally:
        host.run("rm", "-f", "/etc/systemd/system/novahost-pause@.service.d/stopped.conf")
        host.systemctl("daemon-reload")
        host.systemctl("disable", "--now", "novahost-pause@nova-compute")


def test_a_pause_that_was_resumed_elsewhere_comes_back_with_its_unit_only(host):
    host.systemctl("start", "novahost-pause@nova-compute")
    host.resume(COMPUTE, ("owner", "s", "unit"), ("override", "b", "true"))
    assert owners(host) == [] and host.active("novahost-pause@nova-compute"), "the unit follows no other door"
    host.systemctl("restart", "novahostd")
    assert owners(host) == []
    host.systemctl("restart", "novahost-pause@nova-compute")
    assert owners(host) == ["unit"]
    host.systemctl("stop", "novahost-pause@nova-compute")
    assert owners(host) == []


def test_stopping_the_unit_releases_just_its_hold(host):
    host.pause(COMPUTE, "disk swap")
    host.systemctl("start", "novahost-pause@nova-compute")
    assert owners(host) == ["root", "unit"]
    host.systemctl("stop", "novahost-pause@nova-compute")
    assert owners(host) == ["root"]


def test_the_paused_target_follows_whatever_the_door_and_leads_nothing(host):
    target = "novahost-paused@nova-compute.target"
    host.pause(COMPUTE, "disk swap")
    wait_until("the target is reached", lambda: host.active(target))
    host.systemctl("start", "novahost-pause@nova-compute")
    host.resume(COMPUTE)
    assert host.active(target), "the unit still holds"
    host.systemctl("stop", target)
    assert host.service(COMPUTE)["Paused"], "stopping the target resumes nothing"
    host.systemctl("stop", "novahost-pause@nova-compute")
    host.pause(COMPUTE, "again")
    wait_until("the target is reached again", lambda: host.active(target))
    host.resume(COMPUTE)
    wait_until("the target is left", lambda: not host.active(target))
    host.systemctl("start", target)
    assert not host.service(COMPUTE)["Held"], "starting the target pauses nothing"
    host.systemctl("stop", target)


def test_the_paused_target_is_there_after_a_reboot_of_a_service_that_stays_stopped(host):
    """Nothing happens to the service then, and still others hang on its target."""
    target = "novahost-paused@nova-compute.target"
    host.pause(COMPUTE, "disk swap")
    host.systemctl("disable", "--now", COMPUTE)
    try:
        host.reboot()
        wait_until("the target is reached", lambda: host.active(target))
    finally:
        host.systemctl("enable", "--now", COMPUTE)
    host.systemctl("kill", "--signal=KILL", "novahostd")
    on_the_bus(host)
    assert host.active(target)


def test_the_paused_target_is_left_where_the_pause_ended_while_the_daemon_was_away(host):
    target = "novahost-paused@nova-compute.target"
    host.systemctl("start", target)
    host.systemctl("restart", "novahostd")
    wait_until("the target is left", lambda: not host.active(target))


def test_a_unit_whose_reason_cannot_be_used_pauses_all_the_same(host):
    for bad in ("x" * 256, "rack\tmove"):
        host.write("/etc/novahost/pause/nova-compute.reason", bad + "\n")
        host.systemctl("start", "novahost-pause@nova-compute")
        assert [h["reason"] for h in host.service(COMPUTE)["Holds"]] == ["novahost-pause@nova-compute.service is started"]
        assert "its reason is a fixed one" in host.journal("-u", "novahost-pause@nova-compute", "-n", "3", "-o", "cat")
        host.systemctl("stop", "novahost-pause@nova-compute")
    host.run("rm", "/etc/novahost/pause/nova-compute.reason")


def test_a_unit_that_fails_at_first_pauses_when_the_daemon_can(host):
    host.systemctl("stop", "novahostd")
    host.systemctl("mask", "--runtime", "novahostd")
    try:
        assert not host.ok("systemctl", "start", "novahost-pause@nova-compute")
    finally:
        host.systemctl("unmask", "--runtime", "novahostd")
    wait_until("it is held", lambda: host.active("novahost-pause@nova-compute"))
    assert owners(host) == ["unit"]
    host.systemctl("stop", "novahost-pause@nova-compute")


def test_to_unmount_a_temporary_directory_is_no_resume(host):
    host.run("systemd-mount", "--type=tmpfs", "tmpfs", "/var/tmp")
    try:
        host.systemctl("start", "novahost-pause@nova-compute")
        required = host.show("novahost-pause@nova-compute", "Requires", "BindsTo", "Requisite", "PartOf")
        assert not [unit for line in required.values() for unit in line.split() if unit.endswith("tmp.mount")], required
    finally:
        host.run("systemd-umount", "/var/tmp")
    assert owners(host) == ["unit"]


@pytest.mark.parametrize("instance", ["rack\\x2d2", "a@b"])
def test_an_instance_is_paused_by_its_unit_whatever_its_name(host, instance):
    host.write("/etc/systemd/system/nova-compute@.service", "[Service]\nExecStart=/bin/sleep infinity\n")
    host.systemctl("daemon-reload")
    unit, door = f"nova-compute@{instance}.service", f"novahost-pause@nova-compute@{instance}.service"
    try:
        host.systemctl("start", unit)
        wait_until("it is shown", lambda: unit in host.services())
        host.systemctl("start", door)
        assert [h["owner"] for h in host.service(unit)["Holds"]] == ["unit"]
        wait_until("its target is reached", lambda: host.active(f"novahost-paused@nova-compute@{instance}.target"))
        host.systemctl("stop", door)
        assert host.service(unit)["Holds"] == []
        assert json.loads(host.call(unit, "Restart", "a{sv}", "0").stdout)["data"] == ["done"]
    finally:
        host.systemctl("stop", unit)
        host.run("rm", "/etc/systemd/system/nova-compute@.service")
        host.systemctl("daemon-reload")


def on_a_small_disk(host):
    """The stopped daemon's state on a disk of 2 MB, as it is."""
    host.run("sh", "-ec", "cp -a /var/lib/novahost /var/lib/novahost.aside; mount -t tmpfs -o size=2m,mode=0700 none "
             "/var/lib/novahost; chown novahost: /var/lib/novahost; cp -a /var/lib/novahost.aside/. /var/lib/novahost/")


def off_the_small_disk(host):
    host.systemctl("stop", "novahostd")
    host.run("sh", "-ec", "umount /var/lib/novahost; rm -rf /var/lib/novahost.aside")
    host.systemctl("start", "novahostd")


def test_a_full_disk_refuses_new_holds_and_keeps_the_old(host):
    host.pause(COMPUTE, "disk swap")
    host.systemctl("stop", "novahostd")
    on_a_small_disk(host)
    try:
        host.systemctl("start", "novahostd")
        host.execute("sh", "-c", "head -c 4000000 /dev/zero > /var/lib/novahost/filler")
        done = host.call(COMPUTE, "Pause", "sa{sv}", "kernel", "1", "owner", "s", "updates")
        assert done.returncode != 0 and "cannot write /var/lib/novahost/holds.json: No space left" in done.stderr
        assert owners(host) == ["root"]
        host.systemctl("kill", "--signal=KILL", "novahostd")
        on_the_bus(host)
        assert owners(host) == ["root"]
        host.run("rm", "/var/lib/novahost/filler")
        host.pause(COMPUTE, "kernel", ("owner", "s", "updates"))
        assert owners(host) == ["root", "updates"]
    finally:
        off_the_small_disk(host)
    assert owners(host) == ["root"], "the disk below has what it had"


def with_a_clock(host, tmp_path):
    """The daemon with a clock whose synchronisation the story decides: in systemd-timedated, which it asks."""
    library = tmp_path / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, f"{__file__.rsplit('/', 1)[0]}/clock.c"], check=True)
    host.copy_in(library, "/usr/lib/nova-test-clock.so")
    host.write("/etc/systemd/system/systemd-timedated.service.d/clock.conf",
               "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/nova-test-clock.so\n")
    host.systemctl("daemon-reload")
    host.systemctl("stop", "systemd-timedated")
    host.systemctl("restart", "novahostd")


def without_it(host):
    host.run("rm", "-f", "/etc/systemd/system/systemd-timedated.service.d/clock.conf", "/run/clock-is-synchronised")
    host.systemctl("stop", "systemd-timedated")
    host.systemctl("daemon-reload")
    host.systemctl("restart", "novahostd")


def pause_for(host, seconds):
    """PAUSE until so many seconds from now, by the host's own clock at that moment."""
    host.run("sh", "-c", f"busctl call org.openstack.NovaHost1 {host.service(COMPUTE)['path']} "
             "org.openstack.NovaHost1.Service Pause 'sa{sv}' short 1 until t "
             f"$(( ($(date +%s) + {seconds}) * 1000000 ))")


def test_until_ends_a_hold_by_itself_also_across_a_restart(host, tmp_path):
    with_a_clock(host, tmp_path)
    try:
        host.run("touch", "/run/clock-is-synchronised")
        pause_for(host, 2)
        wait_until("the hold has ended", lambda: owners(host) == [])
        assert history(host)[0] == ("root", "root", "until passed")
        pause_for(host, 10)
        assert owners(host) == ["root"]
        host.systemctl("stop", "novahostd")
        end = time.monotonic() + 11
        wait_until("its time is over", lambda: time.monotonic() > end)
        host.systemctl("start", "novahostd")
        wait_until("the hold has ended", lambda: owners(host) == [])
    finally:
        without_it(host)


def test_until_waits_while_the_clock_is_not_synchronised_and_no_longer(host, tmp_path):
    with_a_clock(host, tmp_path)
    try:
        pause_for(host, 2)
        assert "a hold's until has to wait" in host.entry("clock unsynchronised")["MESSAGE"]
        assert owners(host) == ["root"]
        host.run("touch", "/run/clock-is-synchronised")
        # The kernel tells nobody: the daemon looks again every 30 s, and needs no restart.
        wait_until("the hold has ended", lambda: owners(host) == [], timeout=45)
        assert host.entry("expired")["MESSAGE"].startswith("the hold of root on nova-compute.service ended: ")
    finally:
        without_it(host)


def test_until_on_a_full_disk_waits_for_room_and_says_so(host, tmp_path):
    with_a_clock(host, tmp_path)
    host.run("touch", "/run/clock-is-synchronised")
    host.systemctl("stop", "novahostd")
    on_a_small_disk(host)
    try:
        host.systemctl("start", "novahostd")
        pause_for(host, 4)
        host.execute("sh", "-c", "head -c 4000000 /dev/zero > /var/lib/novahost/filler")
        assert "No space left" in host.entry("storage failed")["MESSAGE"]
        assert owners(host) == ["root"]
        host.run("rm", "/var/lib/novahost/filler")
        wait_until("the hold has ended", lambda: owners(host) == [], timeout=45)
    finally:
        off_the_small_disk(host)
        without_it(host)


def test_the_daemon_comes_back_with_the_bus(host):
    host.pause(COMPUTE, "disk swap")
    before = host.show("novahostd", "MainPID")["MainPID"]
    host.systemctl("restart", "dbus")
    on_the_bus(host)
    assert host.show("novahostd", "MainPID")["MainPID"] != before
    assert owners(host) == ["root"]


def test_a_hung_daemon_is_replaced_by_the_watchdog(host):
    host.write("/etc/systemd/system/novahostd.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    host.systemctl("daemon-reload")
    host.systemctl("restart", "novahostd")
    try:
        host.pause(COMPUTE, "disk swap")
        before = host.show("novahostd", "MainPID")["MainPID"]
        host.systemctl("kill", "--signal=STOP", "novahostd")
        wait_until("another one serves", lambda: host.show("novahostd", "MainPID", "ActiveState") not in (
            {"MainPID": before, "ActiveState": "active"},) and host.active("novahostd"), timeout=30)
        assert owners(host) == ["root"]
    finally:
        host.run("rm", "/etc/systemd/system/novahostd.service.d/watchdog.conf")
        host.systemctl("daemon-reload")
        host.systemctl("restart", "novahostd")


def test_who_asks_for_it_starts_it(host):
    host.systemctl("stop", "novahostd")
    assert host.service(COMPUTE)["Binary"] == "nova-compute"
    assert host.active("novahostd")
