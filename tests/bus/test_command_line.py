# SPDX-License-Identifier: Apache-2.0
"""novahostd as a command."""
import os
import re
import subprocess

import pytest
from conftest import NOVAHOSTD, ROOT, options


def run(*arguments, **more):
    return subprocess.run([NOVAHOSTD, *map(str, arguments)], capture_output=True, text=True, timeout=20,
                          env={**os.environ, **more.pop("environment", {})}, **more)


def test_help_names_every_option_and_version_is_the_projects():
    text = run("--help").stdout
    for option in ("--config", "--check-config", "--polkit-rule", "--enrol", "--join-token-file", "--forget-holds",
                   "--unit-pause", "--unit-resume", "--version", "--help"):
        assert option in text, option
    project = re.search(r"project\(\S+ VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]
    assert run("--version").stdout == f"novahostd {project}\n"


@pytest.mark.parametrize("arguments,words", [
    (["--colour"], 'cannot understand "--colour"'), (["now"], 'cannot understand "now"'),
    (["--config"], 'cannot understand "--config"'), (["--version", "--check-config"], "two things at once"),
    (["--enrol"], "--join-token-file"), (["--join-token-file", "/x"], "--enrol")])
def test_a_wrong_command_line_is_refused(arguments, words):
    done = run(*arguments)
    assert done.returncode == 64 and words in done.stderr and "see novahostd --help" in done.stderr


def test_a_good_configuration_is_ok(tmp_path):
    file = tmp_path / "novahostd.conf"
    file.write_text("[Host]\nNovaHost=compute1.example\nPattern=mynova-*.service nova-compute\n"
                    "[Zone]\nURL=https://zone.example:8790\n")
    done = run("--config", file, "--check-config")
    assert (done.returncode, done.stdout) == (0, f"{file}: ok\n")


def test_a_mistake_in_a_drop_in_is_named_with_file_and_line(tmp_path):
    file = tmp_path / "novahostd.conf"
    drop_in = tmp_path / "novahostd.conf.d/10.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("[Zone]\n\nULR=https://zone.example\n")
    done = run("--config", file, "--check-config")
    assert done.returncode == 78
    assert done.stderr == f"novahostd: {drop_in}:3: cannot take ULR= in [Zone]: unknown; did you mean URL=?\n"


def test_the_daemon_does_not_start_with_a_wrong_configuration(tmp_path):
    file = tmp_path / "novahostd.conf"
    file.write_text("[Host]\nRequireReason=perhaps\n")
    done = run("--config", file, environment={"STATE_DIRECTORY": str(tmp_path / "state")})
    assert done.returncode == 78 and f"{file}:2: " in done.stderr
    assert not (tmp_path / "state").exists()


def test_the_daemon_does_not_start_without_its_holds(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "host-id").write_text("6fa459ea-ee8a-4ca4-894e-db77e160355e\n")
    (state / "holds.json").write_text('{"format":1')
    done = run("--config", "/nonexistent", environment={"STATE_DIRECTORY": str(state)})
    assert done.returncode == 78 and "holds.json" in done.stderr and "--forget-holds" in done.stderr
    done = run("--forget-holds", environment={"STATE_DIRECTORY": str(state)})
    assert done.returncode == 0 and (state / "holds.json.forgotten").read_text() == '{"format":1'
    (state / "holds.json").unlink()
    done = run("--forget-holds", environment={"STATE_DIRECTORY": str(state)})
    assert done.stdout == "The holds are forgotten; there was no file of them.\n"
    done = run("--forget-holds", environment={"STATE_DIRECTORY": str(state)})
    assert done.stdout == "The holds are forgotten; what was there is kept as holds.json.forgotten.2.\n"


def test_a_disk_that_fails_is_no_reason_to_stay_down(tmp_path):
    """systemd starts the daemon again after everything but 78, and a disk may come back."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "host-id").mkdir()
    done = run("--config", "/nonexistent", environment={"STATE_DIRECTORY": str(state)})
    assert done.returncode == 1 and "Is a directory" in done.stderr


def test_the_polkit_rule_is_for_what_the_configuration_adds(tmp_path):
    file = tmp_path / "novahostd.conf"
    assert "adds no units" in run("--config", file, "--polkit-rule").stdout
    file.write_text("[Host]\nPattern=mynova-cpu*.service nova-compute\n")
    rule = run("--config", file, "--polkit-rule").stdout
    assert r"/^(mynova-cpu[A-Za-z0-9:_.\\@-]*\.service)$/" in rule and "transient" in rule


def unit_door(system, verb, instance="nova-compute"):
    return run(f"--unit-{verb}", instance, environment=system.environment)


def owners(system):
    return [str(hold["owner"]) for hold in system.get("Holds")]


def test_a_units_start_pauses_and_its_stop_releases_just_that_hold(system):
    system.service().Pause("disk swap", options())
    assert unit_door(system, "pause").stdout == "nova-compute.service is held\n"
    assert unit_door(system, "pause").stdout == "nova-compute.service is held; it was already\n"
    assert sorted(owners(system)) == ["root", "unit"]
    assert unit_door(system, "resume").returncode == 0
    assert owners(system) == ["root"]


@pytest.mark.parametrize("state,words", [
    ("stopping", "nova-compute.service stays held: the machine is going down\n"),
    ("", "start novahost-pause@nova-compute.service and stop it again")])
def test_a_units_stop_releases_nothing_unless_the_machine_is_known_to_stay(system, state, words):
    unit_door(system, "pause")
    system.control.SystemState(state)
    done = unit_door(system, "resume")
    assert words in done.stdout + done.stderr
    assert done.returncode == (0 if state else 1)
    assert owners(system) == ["unit"]
    system.control.SystemState("running")
    assert unit_door(system, "pause").returncode == 0 and unit_door(system, "resume").returncode == 0
    assert owners(system) == []


@pytest.mark.parametrize("instance", ["nova-conductor", "nova-api"])
def test_a_unit_for_what_cannot_be_paused_is_not_tried_again_by_systemd(system, instance):
    assert unit_door(system, "pause", instance).returncode == 65
