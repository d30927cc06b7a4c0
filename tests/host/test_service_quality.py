# SPDX-License-Identifier: Apache-2.0
"""What an operator can expect of the daemon as a service: few rights, little memory, clear words."""
import json
import re

import pytest
from lab import BUS_NAME, HOST_PATH, SERVICE, wait_until

COMPUTE = "nova-compute.service"


def test_it_is_sandboxed(host):
    table = host.run("systemd-analyze", "security", "--no-pager", "novahostd.service")
    exposure = float(re.search(r"Overall exposure level for novahostd.service: ([0-9.]+)", table)[1])
    assert exposure <= 1.2, table
    pid = host.show("novahostd", "MainPID")["MainPID"]
    status = host.read(f"/proc/{pid}/status")
    assert "\nCapEff:\t0000000000000000\n" in status and "\nNoNewPrivs:\t1\n" in status
    assert not re.search(r"^Uid:\t0\t", status, re.M)


def test_systemd_has_nothing_to_say_about_the_units(host):
    done = host.execute("systemd-analyze", "verify", "--man=no", "novahostd.service", "novahost-pause@nova-compute.service",
                        "novahost-paused@nova-compute.target")
    assert [line for line in (done.stdout + done.stderr).splitlines() if "novahost" in line] == []


def test_at_rest_it_needs_little_memory_and_hardly_wakes(host):
    host.systemctl("restart", "novahostd")
    for _ in range(5):
        host.pause(COMPUTE, "disk swap")
        host.resume(COMPUTE)
    pid = host.show("novahostd", "MainPID")["MainPID"]
    pss = int(re.search(r"^Pss: +(\d+) kB", host.read(f"/proc/{pid}/smaps_rollup"), re.M)[1])
    # Each wakeup of an event loop is one voluntary switch.
    switches = host.run("sh", "-c", f"f=/proc/{pid}/status; grep ^vol $f; sleep 10; grep ^vol $f")
    first, last = map(int, re.findall(r"\d+", switches))
    print(f"PSS {pss} kB, {last - first} wakeups in 10 s")
    assert pss <= 12 * 1024
    assert last - first <= 5


def test_what_is_done_is_in_the_journal_with_its_fields(host):
    host.pause(COMPUTE, "disk swap", ("owner", "s", "ops"))
    entry = host.entry("held")
    assert entry["MESSAGE"] == "nova-compute.service held by compute1/root (bus): disk swap"
    assert {k: entry["NOVA_" + k] for k in ("UNIT", "VERB", "ACTOR", "DOOR", "OUTCOME", "REASON")} == {
        "UNIT": COMPUTE, "VERB": "pause", "ACTOR": "root", "DOOR": "bus", "OUTCOME": "succeeded", "REASON": "disk swap"}
    assert entry["NOVA_HOLD"] == host.service(COMPUTE)["Holds"][0]["id"]


def test_an_override_is_in_the_journal_as_such(host, carol):
    grant(host, "pause", "resume", "override")
    host.pause(COMPUTE, "disk swap")
    wait_until("carol may", lambda: host.call(COMPUTE, "Resume", "a{sv}", "2", "all", "b", "true", "override", "b", "true",
                                              user=carol).returncode == 0)
    entry = host.entry("overridden")
    assert (entry["NOVA_ACTOR"], entry["NOVA_VERB"], entry["NOVA_DOOR"]) == ("carol", "resume", "bus")


def test_denials_are_in_the_journal_with_who_and_what(host, carol):
    grant(host, answer="NO")
    wait_until("carol is refused", lambda: error_of(host, "Stop", carol) == "AccessDenied")
    entry = host.entry("denied")
    assert {k: entry["NOVA_" + k] for k in ("ACTOR", "VERB", "UNIT", "DOOR")} == {
        "ACTOR": "carol", "VERB": "stop", "UNIT": COMPUTE, "DOOR": "bus"}
    host.run("rm", "/etc/polkit-1/rules.d/10-carol.rules")
    wait_until("carol is asked to authenticate",
               lambda: error_of(host, "Stop", carol) == "InteractiveAuthorizationRequired")
    assert host.entry("needs authentication")["NOVA_ACTOR"] == "carol"


def test_a_daemon_that_does_not_start_says_why_in_the_journal(host):
    host.write("/etc/novahost/novahostd.conf.d/wrong.conf", "[Host]\nRequireReason=perhaps\n")
    host.execute("systemctl", "restart", "novahostd")
    assert "wrong.conf:2: cannot read RequireReason=perhaps" in host.entry("cannot start")["MESSAGE"]
    host.run("rm", "/etc/novahost/novahostd.conf.d/wrong.conf")
    host.systemctl("reset-failed", "novahostd")
    host.systemctl("start", "novahostd")


def test_a_wrong_configuration_is_named_once_and_not_tried_again(host):
    host.write("/etc/novahost/novahostd.conf.d/wrong.conf", "[Host]\nRequireReason=perhaps\n")
    assert not host.ok("systemctl", "restart", "novahostd")
    assert host.show("novahostd", "ActiveState", "ExecMainStatus", "NRestarts") == {
        "ActiveState": "failed", "ExecMainStatus": "78", "NRestarts": "0"}
    words = "/etc/novahost/novahostd.conf.d/wrong.conf:2: cannot read RequireReason=perhaps: write yes or no"
    assert host.journal("-u", "novahostd", "-o", "cat", "-n", "10").count(words) == 1
    host.run("rm", "/etc/novahost/novahostd.conf.d/wrong.conf")
    host.systemctl("reset-failed", "novahostd")
    host.systemctl("start", "novahostd")


@pytest.fixture
def carol(host):
    """A user without any privilege."""
    host.execute("useradd", "--system", "carol")
    yield "carol"
    host.run("rm", "-f", "/etc/polkit-1/rules.d/10-carol.rules")


def error_of(host, method, user):
    """The name of the error that a call without options ends with."""
    done = host.execute("runuser", "-u", user, "--", "gdbus", "call", "--system", "--dest", BUS_NAME, "--object-path",
                        host.service(COMPUTE)["path"], "--method", f"{SERVICE}.{method}", "{}")
    found = re.search(r"GDBus.Error:\S+\.(\w+):", done.stderr)
    return found[1] if found else ""


def grant(host, *verbs, answer="YES"):
    """A rule of the site: what carol may (or with "NO" everything may not). polkit reads it in its own time."""
    wanted = json.dumps([f"org.openstack.novahost1.{verb}" for verb in verbs])
    host.write("/etc/polkit-1/rules.d/10-carol.rules", f"""
        polkit.addRule(function(action, subject) {{
            var ours = action.id.indexOf("org.openstack.novahost1.") === 0;
            if (subject.user === "carol" && ours && ({wanted}.length === 0 || {wanted}.indexOf(action.id) >= 0))
                return polkit.Result.{answer};
        }});""")


def test_everybody_reads_and_the_verbs_are_polkits(host, carol):
    done = host.call(COMPUTE, "History", "u", "1", user=carol)
    assert done.returncode == 0, done.stderr
    as_carol = ("runuser", "-u", carol, "--", "busctl", "--json=short")
    path = host.service(COMPUTE)["path"]
    objects = host.run(*as_carol, "call", BUS_NAME, HOST_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
    assert path in json.loads(objects)["data"][0]
    for place, interface, name in ((path, SERVICE, "ActiveState"), (path, SERVICE, "Holds"),
                                   (HOST_PATH, BUS_NAME + ".Host", "Version")):
        assert "data" in json.loads(host.run(*as_carol, "get-property", BUS_NAME, place, interface, name))
    assert ".Held" in host.run("runuser", "-u", carol, "--", "busctl", "introspect", BUS_NAME, path)
    assert path in host.run("runuser", "-u", carol, "--", "busctl", "tree", "--list", BUS_NAME)
    for method, signature, arguments in (("Pause", "sa{sv}", ("x", "0")), ("Resume", "a{sv}", ("0",)),
                                         ("Start", "a{sv}", ("0",)), ("Restart", "a{sv}", ("0",)),
                                         ("Stop", "a{sv}", ("0",)), ("Suspend", "a{sv}", ("0",))):
        done = host.call(COMPUTE, method, signature, *arguments, user=carol)
        assert done.returncode != 0 and "authentication" in done.stderr.lower(), (method, done.stderr)
    assert not host.service(COMPUTE)["Held"] and host.active(COMPUTE)


def test_a_site_grants_pause_apart_from_stop_and_override(host, carol):
    host.write("/etc/polkit-1/rules.d/10-carol.rules", """
        polkit.addRule(function(action, subject) {
            if (subject.user === "carol" && (action.id === "org.openstack.novahost1.pause" ||
                                             action.id === "org.openstack.novahost1.resume"))
                return action.lookup("unit") === "nova-compute.service" ? polkit.Result.YES : polkit.Result.NO;
        });""")
    wait_until("polkit has read the rule",
               lambda: host.call(COMPUTE, "Pause", "sa{sv}", "mine", "0", user=carol).returncode == 0)
    assert host.service(COMPUTE)["Holds"][0]["actor"] == "carol"
    assert host.call(COMPUTE, "Stop", "a{sv}", "0", user=carol).returncode != 0
    host.pause(COMPUTE, "kernel")
    done = host.call(COMPUTE, "Resume", "a{sv}", "2", "all", "b", "true", "override", "b", "true", user=carol)
    assert done.returncode != 0, "override is a right of its own"
    done = host.call(COMPUTE, "Resume", "a{sv}", "0", user=carol)
    assert done.returncode == 0 and [h["owner"] for h in host.service(COMPUTE)["Holds"]] == ["root"]
    done = host.call(COMPUTE, "Resume", "a{sv}", "0", user=carol)
    assert "held by compute1/root since" in done.stderr and "kernel" in done.stderr


def test_a_wrong_caller_of_the_unit_door_is_refused(host, carol):
    done = host.call(COMPUTE, "Pause", "sa{sv}", "x", "1", "door", "s", "unit", user=carol)
    assert 'cannot take option "door" from carol' in done.stderr
    assert not host.service(COMPUTE)["Held"]
