# SPDX-License-Identifier: Apache-2.0
"""What the daemon shows, with the time since when it shows it."""
import collections
import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

BUS_ADDRESS = "unix:path=/run/dbus/system_bus_socket"
NAME, PATH = "org.openstack.NovaHost1", "/org/openstack/NovaHost1"
SERVICE = "org.openstack.NovaHost1.Service"
KEYS = {"LoadState": "load_state", "ActiveState": "active_state", "SubState": "sub_state",
        "UnitFileState": "unit_file_state", "FreezerState": "freezer_state", "Result": "result", "MainPID": "main_pid",
        "NRestarts": "restarts", "Aliases": "aliases", "Binary": "binary", "Kind": "kind"}


class View:
    """Keeps the newest picture. A thread brings pictures in with show() and losses with lose()."""

    def __init__(self):
        self.changed = threading.Condition()
        self.units, self.since, self.back_since, self.ended = None, 0.0, 0.0, False
        self.story = collections.deque(maxlen=12)  # what changed lately, for a failure's message
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def show(self, units):
        with self.changed:
            now = time.time()
            if self.units is None:
                self.back_since = now
            if units != self.units:
                self.story.append((now, self.news(units)))
                self.units, self.since = units, now
                self.changed.notify_all()

    def news(self, units):
        old = self.units or {}
        return [f"{name}: " + " ".join(f"{key}={value}" for key, value in units.get(name, {"gone": 1}).items()
                                       if old.get(name, {}).get(key) != value)
                for name in sorted(old.keys() | units.keys()) if old.get(name) != units.get(name)]

    def lose(self):
        with self.changed:
            self.units = None

    def since_when(self, wanted):
        with self.changed:
            return self.since if self.units is not None and wanted(self.units) else None

    def current(self):
        with self.changed:
            return self.units

    def wait(self):
        with self.changed:
            self.changed.wait(0.05)


class Bus(View):
    """novahostd's objects, asked for as fast as they come: what a client sees who asks at that moment."""

    def follow(self):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connection = None
        while not self.ended:
            try:
                if connection is None or connection.is_closed():
                    connection = Gio.DBusConnection.new_for_address_sync(BUS_ADDRESS, flags, None, None)
                answer = connection.call_sync(NAME, PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", None,
                                              None, Gio.DBusCallFlags.NO_AUTO_START, 2000, None)
            except GLib.Error:
                self.lose()
                threading.Event().wait(0.005)
                continue
            shown = [faces[SERVICE] for faces in answer.unpack()[0].values() if SERVICE in faces]
            # Of a unit in the shadow of another only the name is shown.
            shadowed = {name: {} for service in shown for name in service["ShadowedUnits"]}
            self.show({**shadowed, **dict(map(self.facts, shown))})
            threading.Event().wait(0.002)

    @staticmethod
    def facts(properties):
        facts = {ours: properties[name] for name, ours in KEYS.items()}
        facts["aliases"] = sorted(facts["aliases"])
        facts["invocation_id"] = bytes(properties["InvocationID"]).hex()
        return properties["Unit"], facts

    def close(self):
        self.ended = True
        self.thread.join()
