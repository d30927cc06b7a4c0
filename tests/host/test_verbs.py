# SPDX-License-Identifier: Apache-2.0
"""START, STOP, RESTART and SUSPEND with systemd's traps, on a booted host."""
import json

import pytest

from lab import wait_until

COMPUTE = "nova-compute.service"


def ask(host, unit, verb, *options):
    flat = [part for triple in options for part in triple]
    return host.call(unit, verb, "a{sv}", str(len(options)), *flat)


def succeed(host, unit, verb):
    done = ask(host, unit, verb)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["data"][0]


def refuse(host, unit, verb):
    done = ask(host, unit, verb)
    assert done.returncode != 0, f"{verb} of {unit} was not refused: {done.stdout}"
    return done.stderr


@pytest.fixture
def suspended(host):
    assert succeed(host, COMPUTE, "Suspend") == "done"
    return host


@pytest.fixture
def stand_in(host):
    """Makes further units; they are gone after the story."""
    made = []

    def make(name, command, **unit):
        made.append(name)
        host.write(f"/etc/systemd/system/{name}.service",
                   "[Service]\n" + "".join(f"{key}={value}\n" for key, value in unit.items()) + f"ExecStart={command}\n")
        host.systemctl("daemon-reload")
        wait_until(f"{name} is shown", lambda: f"{name}.service" in host.services())
        return f"{name}.service"
    yield make
    for name in made:
        host.execute("systemctl", "stop", f"{name}.service")
        host.run("rm", "-f", f"/etc/systemd/system/{name}.service")
    host.systemctl("daemon-reload")
    host.execute("systemctl", "reset-failed")


def test_suspend_freezes_and_is_answered_when_it_can_be_read(suspended):
    shown = suspended.service(COMPUTE)
    assert (shown["FreezerState"], shown["State"], shown["ActiveState"]) == ("frozen", "down", "active")
    assert suspended.show(COMPUTE, "FreezerState")["FreezerState"] == "frozen"


def test_suspending_twice_is_no_failure(suspended):
    assert succeed(suspended, COMPUTE, "Suspend") == "done"


def test_start_of_a_suspended_service_thaws_it_and_its_process_lives_on(suspended):
    pid = suspended.service(COMPUTE)["MainPID"]
    assert succeed(suspended, COMPUTE, "Start") == "done"
    shown = suspended.service(COMPUTE)
    assert (shown["FreezerState"], shown["State"], shown["MainPID"]) == ("running", "up", pid)


def test_stop_of_a_suspended_service_stops_it(suspended):
    assert succeed(suspended, COMPUTE, "Stop") == "done"
    shown = suspended.service(COMPUTE)
    assert (shown["ActiveState"], shown["FreezerState"], shown["MainPID"]) == ("inactive", "running", 0)


def test_restart_of_a_suspended_service_starts_another_process(suspended):
    pid = suspended.service(COMPUTE)["MainPID"]
    assert succeed(suspended, COMPUTE, "Restart") == "done"
    shown = suspended.service(COMPUTE)
    assert (shown["State"], shown["FreezerState"]) == ("up", "running")
    assert shown["MainPID"] not in (0, pid)


def test_a_freeze_by_somebody_else_is_seen_although_systemd_does_not_tell(host):
    host.systemctl("freeze", COMPUTE)
    wait_until("frozen", lambda: host.service(COMPUTE)["FreezerState"] == "frozen", timeout=2)
    host.systemctl("thaw", COMPUTE)
    wait_until("thawed", lambda: host.service(COMPUTE)["FreezerState"] == "running", timeout=2)


def test_suspend_of_a_stopped_service_is_refused_with_what_fits(host):
    host.systemctl("stop", COMPUTE)
    wait_until("stopped", lambda: host.service(COMPUTE)["ActiveState"] == "inactive")
    said = refuse(host, COMPUTE, "Suspend")
    assert "only an active unit can be suspended; what fits: pause, resume, start, stop, restart\n" in said


def test_start_of_a_masked_service_is_refused(host):
    host.systemctl("stop", COMPUTE)
    host.run("mv", f"/etc/systemd/system/{COMPUTE}", "/root/kept.service")
    try:
        host.systemctl("mask", COMPUTE)
        wait_until("masked", lambda: host.service(COMPUTE)["UnitFileState"] == "masked")
        assert "the unit is masked; what fits: pause, resume, stop\n" in refuse(host, COMPUTE, "Start")
        assert not host.active(COMPUTE)
    finally:
        host.systemctl("unmask", COMPUTE)
        host.run("mv", "/root/kept.service", f"/etc/systemd/system/{COMPUTE}")
        host.systemctl("daemon-reload")


def test_a_start_that_fails_is_said_with_systemd_s_word(host, stand_in):
    unit = stand_in("nova-scheduler", "/bin/false", Type="oneshot")
    assert "'failed'" in refuse(host, unit, "Start")
    assert host.service(unit)["ActiveState"] == "failed"


def test_a_start_that_somebody_cancels_is_said_so(host, stand_in):
    unit = stand_in("nova-conductor", "/bin/sleep 60", Type="oneshot", TimeoutStartSec="infinity")
    path = host.service(unit)["path"]
    host.run("systemd-run", "--unit=asking", "--property=StandardError=file:/run/asking", "busctl", "call", "--timeout=60",
             "org.openstack.NovaHost1", path, "org.openstack.NovaHost1.Service", "Start", "a{sv}", "0")
    wait_until("starting", lambda: host.service(unit)["ActiveState"] == "activating")
    host.systemctl("stop", unit)
    wait_until("an answer", lambda: "canceled" in host.read("/run/asking"))
    host.execute("systemctl", "reset-failed", "asking.service")


def test_a_container_s_client_is_not_suspended_for_nova_would_go_on(host, stand_in):
    host.write("/usr/local/bin/docker", "#!/bin/sh\nexec sleep infinity\n", mode="0755")
    unit = stand_in("kolla-nova_compute_ironic-container", "/usr/local/bin/docker start -a nova_compute_ironic")
    assert host.service(unit)["Binary"] == "nova-compute"
    assert succeed(host, unit, "Start") == "done"
    assert host.service(unit)["PayloadElsewhere"] is True
    said = refuse(host, unit, "Suspend")
    assert "container engine's client" in said and "what fits: pause, resume, start, stop, restart" in said
    assert "suspend" not in said.split("what fits:")[1]
    assert host.show(unit, "FreezerState")["FreezerState"] == "running"
    assert succeed(host, unit, "Stop") == "done"


def test_an_instance_of_a_template_can_be_started_again_after_its_stop(host):
    """systemd forgets an instance that is stopped and not enabled."""
    host.write("/etc/systemd/system/nova-compute@.service", "[Service]\nExecStart=/bin/sleep infinity\n")
    host.systemctl("daemon-reload")
    unit = "nova-compute@ironic.service"
    try:
        host.systemctl("start", unit)
        wait_until("it is shown", lambda: unit in host.services())
        assert succeed(host, unit, "Stop") == "done"
        wait_until("systemd has forgotten it", lambda: host.service(unit)["LoadState"] == "not-loaded")
        assert succeed(host, unit, "Start") == "done"
        assert host.service(unit)["State"] == "up"
    finally:
        host.systemctl("stop", unit)
        host.run("rm", "/etc/systemd/system/nova-compute@.service")
        host.systemctl("daemon-reload")
    wait_until("it is gone with its template", lambda: unit not in host.services())


def test_a_unit_of_the_configuration_is_controlled_with_the_rule_that_the_daemon_prints(host, stand_in):
    rule = "/etc/polkit-1/rules.d/48-novahost-local.rules"
    host.write("/etc/novahost/novahostd.conf.d/local.conf",
               "[Host]\nPattern=mynova-cpu*.service nova-compute controllable\n")
    host.systemctl("restart", "novahostd")
    unit = stand_in("mynova-cpu-2", "/bin/sleep infinity")
    try:
        assert "does not allow it" in refuse(host, unit, "Start"), "the packaged rule does not know it"
        host.write(rule, host.run("novahostd", "--polkit-rule"))
        wait_until("polkit has read the rule", lambda: ask(host, unit, "Start").returncode == 0)
        assert host.active(unit)
        for verb in ("Suspend", "Start", "Restart", "Stop"):
            assert succeed(host, unit, verb) == "done"
    finally:
        host.run("rm", "-f", rule)
