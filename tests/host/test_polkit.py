# SPDX-License-Identifier: Apache-2.0
"""The daemon's user may start, stop, restart, freeze and thaw Nova's units, and do nothing else through systemd."""
import pathlib
import re
import shlex

import pytest

ACTION = "org.freedesktop.systemd1.manage-units"
NAMES = pathlib.Path(__file__).parents[1] / "unit" / "unit_names" / "test_unit_names.cpp"
MANAGER = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")


def names(block):
    """The unit names of a table of the unit tests, so that discovery and the rule know the same ones."""
    text = NAMES.read_text().split(block, 1)[1].split("};" if "rows" in block else "})", 1)[0]
    found = re.findall(r'"([^"]*\.service)"', text)
    return [name.replace("\\\\", "\\") for name in found]


def as_daemon(host, *command):
    return host.execute("runuser", "-u", "novahost", "--", *command)


@pytest.fixture(scope="module")
def allowed(booted):
    """Of (unit, verb) pairs those that polkit allows a process of the daemon's user; all in one go."""
    pid = booted.show("novahostd.service", "MainPID")["MainPID"]

    def ask(pairs, action=ACTION, **details):
        script = ""
        for unit, verb in pairs:
            asked = {"unit": unit, "verb": verb, **details}
            flat = [part for key, value in asked.items() for part in ("--detail", key.replace("_", "."), value)]
            script += shlex.join(["pkcheck", "--action-id", action, "--process", pid, *flat]) + " >/dev/null 2>&1; echo $?\n"
        answers = booted.run("sh", "-s", text=script, timeout=300).split()
        assert len(answers) == len(pairs)
        return [pair for pair, answer in zip(pairs, answers) if answer == "0"]
    return ask


def pairs_of(units):
    return [(unit, verb) for unit in units for verb in ("start", "stop", "restart")]


def test_every_name_that_discovery_knows_may_be_controlled(allowed):
    known = names("constexpr Row rows[]")
    assert len(known) > 50
    assert allowed(pairs_of(known)) == pairs_of(known)


def test_no_other_unit_may_be_touched(allowed):
    others = names("leave_what_is_beside_nova_alone") + [
        "nova-compute.service.d", "xnova-compute.service", "nova-compute.service\nx", "nova-compute@.socket",
        "novahost-paused@nova-compute.service", "dbus.service", "polkit.service", "undefined"]
    assert len(others) > 25
    assert allowed(pairs_of(others)) == []


def test_no_other_verb_is_allowed_on_nova_s_units(allowed):
    verbs = ("reload", "kill", "set-property", "reset-failed", "clean", "mount-image", "ref", "")
    assert allowed([("nova-compute.service", verb) for verb in verbs]) == []


def test_a_transient_unit_is_refused_even_under_a_name_of_nova(allowed):
    pair = [("nova-compute.service", "start")]
    assert allowed(pair) == pair
    assert allowed(pair, polkit_message="Authentication is required to start transient unit '$(unit)'.") == []


def test_no_other_action_of_systemd_is_allowed(allowed):
    for action in ("manage-unit-files", "reload-daemon", "set-environment", "reply-password"):
        assert allowed([("nova-compute.service", "start")], f"org.freedesktop.systemd1.{action}") == [], action


@pytest.mark.parametrize("name", ["nova-serialproxy.service", "nova-compute@x.service", "run-x.service"])
def test_the_daemon_s_user_cannot_start_transient_units(host, name):
    done = as_daemon(host, "systemd-run", "--no-ask-password", f"--unit={name}", "touch", "/run/proof")
    assert done.returncode != 0
    assert not host.ok("test", "-e", "/run/proof"), "the daemon's user ran a command as root"


def test_the_daemon_s_user_controls_nova_and_nothing_else(host):
    assert as_daemon(host, "busctl", "call", *MANAGER, "StopUnit", "ss", "nova-api.service", "replace").returncode == 0
    assert as_daemon(host, "busctl", "call", *MANAGER, "StartUnit", "ss", "nova-api.service", "replace").returncode == 0
    assert as_daemon(host, "busctl", "call", *MANAGER, "FreezeUnit", "s", "nova-compute.service").returncode == 0
    assert as_daemon(host, "busctl", "call", *MANAGER, "ThawUnit", "s", "nova-compute.service").returncode == 0
    for method, *arguments in (("StopUnit", "ss", "dbus.service", "replace"),
                               ("FreezeUnit", "s", "systemd-journald.service"),
                               ("KillUnit", "ssi", "nova-compute.service", "all", "9"),
                               ("SetUnitProperties", "sba(sv)", "nova-compute.service", "true", "0"),
                               ("EnableUnitFiles", "asbb", "1", "nova-compute.service", "false", "false"),
                               ("MaskUnitFiles", "asbb", "1", "nova-compute.service", "true", "false"),
                               ("Reload", ""), ("Exit", ""), ("SetEnvironment", "as", "1", "LD_PRELOAD=x")):
        done = as_daemon(host, "busctl", "call", *MANAGER, method, *[a for a in arguments if a != ""])
        assert done.returncode != 0, f"{method} was allowed"
        assert re.search("denied|authenti|not permitted|required", done.stderr, re.I), done.stderr
