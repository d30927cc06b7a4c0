# SPDX-License-Identifier: Apache-2.0
"""The XML in dbus/ is the contract: what is on the bus is what it says, and it says what everything means."""
import http.server
import json
import re
import subprocess
import threading
import xml.etree.ElementTree as tree

import pytest
from conftest import API, COMPUTE, HOST, NAME, ROOT, SERVICE, options, wait_until

CONTRACTS = {"Host": HOST, "Service": COMPUTE}
CHANGES = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def shape(interface):
    """An interface without its texts: every member with its arguments and types."""
    members = {}
    for method in interface.findall("method"):
        members["method", method.get("name")] = [(a.get("name"), a.get("type"), a.get("direction"))
                                                 for a in method.findall("arg")]
    for signal in interface.findall("signal"):
        members["signal", signal.get("name")] = [(a.get("name"), a.get("type")) for a in signal.findall("arg")]
    for prop in interface.findall("property"):
        changes = [a.get("value") for a in prop.findall("annotation") if a.get("name") == CHANGES]
        members["property", prop.get("name")] = (prop.get("type"), prop.get("access"), changes or ["true"])
    return members


def contract(name):
    return tree.parse(ROOT / f"dbus/{NAME}.{name}.xml").getroot().find("interface")


def live(system, path):
    text = system.bus.get_object(NAME, path, introspect=False).Introspect(
        dbus_interface="org.freedesktop.DBus.Introspectable")
    return {i.get("name"): i for i in tree.fromstring(text).findall("interface")}


@pytest.mark.parametrize("name", CONTRACTS)
def test_what_is_on_the_bus_is_the_contract(system, name):
    interfaces = live(system, CONTRACTS[name])
    assert shape(interfaces[f"{NAME}.{name}"]) == shape(contract(name))
    assert [i for i in interfaces if i.startswith("org.openstack.")] == [f"{NAME}.{name}"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_member_of_the_contract_is_explained(name):
    text = (ROOT / f"dbus/{NAME}.{name}.xml").read_text()
    members = re.findall(r"(-->\s*)?<(?:method|property|signal) name=\"(\w+)\"", text)
    assert len(members) > 5
    assert [member for comment, member in members if not comment] == []


def test_there_is_one_object_for_each_service_below_the_manager(system):
    objects = system.objects()
    assert set(objects) == {COMPUTE, API}
    assert objects[COMPUTE][SERVICE]["Binary"] == "nova-compute"
    assert objects[API][SERVICE]["Kind"] == "api"


def test_a_service_has_all_its_axes_as_properties(system):
    facts = system.objects()[COMPUTE][SERVICE]
    assert {name: facts[name] for name in ("State", "LoadState", "ActiveState", "SubState", "UnitFileState", "FreezerState",
                                           "Result", "MainPID", "NRestarts", "Held", "Paused", "Phase")} == {
        "State": "up", "LoadState": "loaded", "ActiveState": "active", "SubState": "running", "UnitFileState": "enabled",
        "FreezerState": "running", "Result": "success", "MainPID": 100, "NRestarts": 0, "Held": False, "Paused": False,
        "Phase": "open"}
    assert bytes(facts["InvocationID"]) == bytes(range(16))
    assert facts["StateChangeTimestamp"] == 1_700_000_000_000_000
    assert {k: str(v["state"]) for k, v in facts["Enforcement"].items()} == dict.fromkeys(
        ("gate", "scheduler", "user_actions"), "unconfigured")
    assert list(facts["Verbs"]) == ["pause", "resume", "start", "stop", "restart", "suspend"]


def tool(system, *command):
    return subprocess.run(command, capture_output=True, text=True, timeout=30, env=system.environment)


def test_gdbus_pauses_and_reads(system):
    done = tool(system, "gdbus", "call", "--address", system.address, "--dest", NAME, "--object-path", COMPUTE, "--method",
                f"{SERVICE}.Pause", "disk swap", "{'until': <'2001-01-01T00:00:00Z'>}")
    assert "that is past" in done.stderr
    done = tool(system, "gdbus", "call", "--address", system.address, "--dest", NAME, "--object-path", COMPUTE, "--method",
                f"{SERVICE}.Pause", "disk swap", "{}")
    assert done.stdout.startswith("(true, {"), done
    done = tool(system, "gdbus", "introspect", "--address", system.address, "--dest", NAME, "--object-path", COMPUTE)
    assert "Held = true;" in done.stdout


def test_busctl_shows_the_tree_and_what_is_wrong(system):
    assert f"{COMPUTE}\n" in tool(system, "busctl", f"--address={system.address}", "tree", "--list", NAME).stdout
    done = tool(system, "busctl", f"--address={system.address}", "call", NAME, COMPUTE, SERVICE, "Pause", "sa{sv}", "x", "1",
                "colour", "s", "red")
    assert done.stderr == ('Call failed: cannot take option "colour": unknown; the options are owner, until, enforce, '
                           'override\n')


def test_busctl_introspects_every_property_with_its_value(system):
    rows = tool(system, "busctl", f"--address={system.address}", "introspect", NAME, COMPUTE, SERVICE).stdout
    table = {row.split()[0]: row.split(None, 3)[1:] for row in rows.splitlines()[1:]}
    for member in contract("Service"):
        assert "." + member.get("name") in table, rows
    assert table[".Binary"][2].split() == ['"nova-compute"', "const"]
    assert table[".Held"][2].split() == ["false", "emits-change"]
    assert table[".Pause"][:2] == ["method", "sa{sv}"]


def test_busctl_monitors_what_changes(system):
    monitor = subprocess.Popen(["busctl", f"--address={system.address}", "monitor", "--json=short", NAME], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=system.environment)
    try:
        assert "Monitoring" in monitor.stderr.readline()
        system.service().Pause("disk swap", options())
        for line in monitor.stdout:
            message = json.loads(line)
            if message.get("member") == "PropertiesChanged":
                break
        interface, changed, invalidated = message["payload"]["data"]
        assert (message["path"], interface, invalidated) == (COMPUTE, SERVICE, [])
        assert changed["Held"] == {"type": "b", "data": True}
        assert changed["Holds"]["data"][0]["reason"] == {"type": "s", "data": "disk swap"}
    finally:
        monitor.kill()
        monitor.communicate()


class Proxy(http.server.BaseHTTPRequestHandler):
    """Something between host and zone that answers in its own way."""

    def do_POST(self):
        body = b"<h1>d\xe9sol\xe9</h1>\x1b[2J" + b"\xc3\xa9" * 600
        self.send_response(502)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_whatever_stands_between_host_and_zone_says_the_host_can_be_read(system):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        system.kill()
        (system.folder / "novahostd.conf").write_text(f"[Zone]\nURL=http://localhost:{server.server_port}\n")
        heard = system.signals()
        system.start()
        wait_until("the trouble is told",
                   lambda: heard.turn() or any("ZoneTrouble" in names for _, names, _ in heard.changed_properties()))
        facts = system.bus.get_object(NAME, HOST, introspect=False).GetAll(
            NAME + ".Host", dbus_interface="org.freedesktop.DBus.Properties")
        assert facts["ZoneTrouble"].startswith("it answered 502: <h1>d?sol?</h1> [2Jé")
        done = tool(system, "busctl", f"--address={system.address}", "introspect", NAME, HOST, NAME + ".Host")
        assert ".ZoneTrouble" in done.stdout, done.stderr
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("name,path", [("nova-compute.service", COMPUTE), ("nova-compute", COMPUTE), ("nova-api", API)])
def test_a_service_is_found_by_what_people_call_it(system, name, path):
    host = system.bus.get_object(NAME, HOST, introspect=False)
    assert host.GetService(name, dbus_interface=NAME + ".Host") == path


def test_a_service_is_found_by_its_id(system):
    host = system.bus.get_object(NAME, HOST, introspect=False)
    assert host.GetService(str(system.get("Id")), dbus_interface=NAME + ".Host") == COMPUTE
