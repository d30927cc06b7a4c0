#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""systemd and polkit as far as novahostd talks to them, with state, on the bus in DBUS_SYSTEM_BUS_ADDRESS.

A story moves it through the interface test.Control at /control.
"""
import ctypes
import fnmatch
import os
import sys

import dbus
import dbus.lowlevel
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

MANAGER = "org.freedesktop.systemd1.Manager"
UNIT = "org.freedesktop.systemd1.Unit"
PROPERTIES = "org.freedesktop.DBus.Properties"
AUTHORITY = "org.freedesktop.PolicyKit1.Authority"


def unit_path(name):
    return "/org/freedesktop/systemd1/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)


class Unit(dbus.service.Object):
    """One loaded unit; every interface's properties are the same dictionary."""

    def __init__(self, bus, name):
        super().__init__(bus, unit_path(name))
        self.facts = {
            "Id": name, "Names": dbus.Array([name], "s"), "LoadState": "loaded", "ActiveState": "active",
            "SubState": "running", "UnitFileState": "enabled", "FreezerState": "running", "Result": "success",
            "InvocationID": dbus.Array(bytes(range(16)), "y"), "MainPID": dbus.UInt32(100),
            "NRestarts": dbus.UInt32(0), "StateChangeTimestamp": dbus.UInt64(1_700_000_000_000_000),
            "ControlGroup": "", "ExecStart": dbus.Array([], "(sasbttttuii)")}

    @dbus.service.method(PROPERTIES, "ss", "v")
    def Get(self, _interface, name):
        return self.facts[name]

    @dbus.service.method(PROPERTIES, "s", "a{sv}")
    def GetAll(self, _interface):
        return self.facts

    @dbus.service.signal(PROPERTIES, "sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def become(self, **facts):
        self.facts.update(facts)
        self.PropertiesChanged(UNIT, facts, [])


def kernel_is_synchronised():
    """adjtimex(2) without STA_UNSYNC; its status stands 40 bytes into struct timex on 64-bit machines."""
    timex = ctypes.create_string_buffer(512)
    state = ctypes.CDLL(None).adjtimex(timex)
    return state >= 0 and not int.from_bytes(timex.raw[40:44], sys.byteorder) & 0x40


class TimeDate(dbus.service.Object):
    """systemd-timedated, by whose word the clock is synchronised: the kernel's own, as a zone beside it hears it."""

    def __init__(self, bus):
        super().__init__(bus, "/org/freedesktop/timedate1")

    @dbus.service.method(PROPERTIES, "ss", "v")
    def Get(self, _interface, name):
        return {"NTPSynchronized": kernel_is_synchronised()}[name]


class Manager(dbus.service.Object):
    def __init__(self, bus):
        super().__init__(bus, "/org/freedesktop/systemd1")
        self.bus, self.units, self.results, self.calls, self.jobs = bus, {}, {}, [], 0
        self.held_jobs = None
        self.system_state = "running"

    def add(self, name):
        self.units[name] = Unit(self.bus, name)
        self.UnitNew(name, unit_path(name))

    def remove(self, name):
        self.units.pop(name).remove_from_connection()
        self.UnitRemoved(name, unit_path(name))

    @dbus.service.method(PROPERTIES, "ss", "v")
    def Get(self, _interface, name):
        if name == "SystemState" and not self.system_state:
            raise dbus.DBusException("as the story wants it", name="org.freedesktop.DBus.Error.AccessDenied")
        return {"Version": "252 (fake)", "SystemState": self.system_state}[name]

    @dbus.service.method(MANAGER)
    def Subscribe(self):
        pass

    @dbus.service.method(MANAGER, "asas", "a(ssssssouso)")
    def ListUnitsByPatterns(self, _states, patterns):
        return [(n, "a unit", u.facts["LoadState"], u.facts["ActiveState"], u.facts["SubState"], "", unit_path(n),
                 dbus.UInt32(0), "", "/") for n, u in self.units.items()
                if any(fnmatch.fnmatch(n, p) for p in patterns)]

    @dbus.service.method(MANAGER, "asas", "a(ss)")
    def ListUnitFilesByPatterns(self, _states, patterns):
        return [("/lib/systemd/system/" + n, "enabled") for n in self.units
                if any(fnmatch.fnmatch(n, p) for p in patterns)]

    def job(self, verb, name, **facts):
        """A job that is done, or ends as the story said, after it was answered."""
        self.calls.append(f"{verb} {name}")
        self.jobs += 1
        number, path = self.jobs, f"/org/freedesktop/systemd1/job/{self.jobs}"

        def end():
            result = self.results.pop(name, "done")
            if result == "done" and name in self.units:
                self.units[name].become(**facts)
            self.JobRemoved(dbus.UInt32(number), path, name, result)

        if self.held_jobs is None:
            GLib.idle_add(end)
        else:
            self.held_jobs.append(end)
        return path

    @dbus.service.method(MANAGER, "ss", "o")
    def StartUnit(self, name, _mode):
        return self.job("start", name, ActiveState="active", SubState="running")

    @dbus.service.method(MANAGER, "ss", "o")
    def StopUnit(self, name, _mode):
        return self.job("stop", name, ActiveState="inactive", SubState="dead")

    @dbus.service.method(MANAGER, "ss", "o")
    def RestartUnit(self, name, _mode):
        return self.job("restart", name, ActiveState="active", SubState="running")

    @dbus.service.method(MANAGER, "s")
    def FreezeUnit(self, name):
        self.calls.append(f"freeze {name}")
        self.units[name].facts["FreezerState"] = "frozen"

    @dbus.service.method(MANAGER, "s")
    def ThawUnit(self, name):
        self.calls.append(f"thaw {name}")
        self.units[name].facts["FreezerState"] = "running"

    @dbus.service.signal(MANAGER, "so")
    def UnitNew(self, name, path):
        pass

    @dbus.service.signal(MANAGER, "so")
    def UnitRemoved(self, name, path):
        pass

    @dbus.service.signal(MANAGER, "")
    def UnitFilesChanged(self):
        pass

    @dbus.service.signal(MANAGER, "uoss")
    def JobRemoved(self, number, path, name, result):
        pass


class Polkit(dbus.service.Object):
    """Answers "yes", "no", "challenge" (yes once authentication is offered), with an error ("broken"), or not at all
    ("silence")."""

    def __init__(self, bus):
        super().__init__(bus, "/org/freedesktop/PolicyKit1/Authority")
        self.verdicts, self.asked, self.waiting = {}, [], set()

    @dbus.service.method(AUTHORITY, "(sa{sv})sa{ss}us", "(bba{ss})", async_callbacks=("reply", "refuse"))
    def CheckAuthorization(self, _subject, action, details, flags, cancel, reply, refuse):
        self.asked.append(f"{action} {details.get('unit', '')} {int(flags)}")
        verdict = self.verdicts.get(action, "no")
        if verdict == "silence":
            assert cancel and cancel not in self.waiting, "a check needs an id of its own to be cancelled by"
            self.waiting.add(str(cancel))
        elif verdict == "broken":
            refuse(dbus.DBusException("no authority today", name="org.freedesktop.PolicyKit1.Error.Failed"))
        else:
            yes = verdict == "yes" or (verdict == "challenge" and flags & 1)
            reply((yes, verdict == "challenge" and not yes, {}))

    @dbus.service.method(AUTHORITY, "s")
    def CancelCheckAuthorization(self, cancel):
        self.waiting.discard(str(cancel))


class Control(dbus.service.Object):
    def __init__(self, bus, manager, polkit):
        super().__init__(bus, "/control")
        self.manager, self.polkit = manager, polkit

    @dbus.service.method("test.Control", "s")
    def Add(self, name):
        self.manager.add(name)

    @dbus.service.method("test.Control", "s")
    def Remove(self, name):
        self.manager.remove(name)
        self.manager.UnitFilesChanged()

    @dbus.service.method("test.Control", "sa{sv}")
    def Become(self, name, facts):
        self.manager.units[name].become(**facts)

    @dbus.service.method("test.Control", "ss")
    def NextResult(self, name, result):
        self.manager.results[name] = result

    @dbus.service.method("test.Control", "s")
    def SystemState(self, state):
        """As systemd has it; "" where it refuses to say."""
        self.manager.system_state = str(state)

    @dbus.service.method("test.Control", "b")
    def HoldJobs(self, hold):
        """Jobs go on for as long as the story wants."""
        held, self.manager.held_jobs = self.manager.held_jobs, [] if hold else None
        for end in held or []:
            end()

    @dbus.service.method("test.Control", "ss")
    def Verdict(self, action, verdict):
        self.polkit.verdicts["org.openstack.novahost1." + action] = verdict

    @dbus.service.method("test.Control", "", "as")
    def Calls(self):
        calls, self.manager.calls = self.manager.calls, []
        return dbus.Array(calls, "s")

    @dbus.service.method("test.Control", "", "as")
    def Asked(self):
        asked, self.polkit.asked = self.polkit.asked, []
        return dbus.Array(asked, "s")

    @dbus.service.method("test.Control", "", "u")
    def Waiting(self):
        """How many checks polkit has not answered and was not told to forget."""
        return len(self.polkit.waiting)


def main():
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.bus.BusConnection(os.environ["DBUS_SYSTEM_BUS_ADDRESS"])
    manager, polkit, _clock = Manager(bus), Polkit(bus), TimeDate(bus)
    for name in ("nova-compute.service", "nova-api.service"):
        manager.add(name)
    Control(bus, manager, polkit)
    names = [dbus.service.BusName(n, bus)
             for n in ("org.freedesktop.systemd1", "org.freedesktop.PolicyKit1", "org.freedesktop.timedate1",
                       "test.Control")]
    print("ready", names[-1].get_name(), flush=True)
    GLib.MainLoop().run()


main()
