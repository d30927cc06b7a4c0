# SPDX-License-Identifier: Apache-2.0
"""systemctl as a front door: novahost-pause@ pauses, novahost-paused@….target follows, also over reboots."""
import json

import pytest
from holding import COMPUTE, history, on_the_bus, owners
from lab import wait_until


@pytest.fixture(autouse=True)
def no_unit_of_an_earlier_story(host):
    host.systemctl("stop", "novahost-pause@nova-compute")


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
