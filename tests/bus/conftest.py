# SPDX-License-Identifier: Apache-2.0
"""The nouns of these stories: a bus of its own, a systemd and a polkit of ours, the daemon, and its clients."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import dbus
import dbus.bus
import dbus.mainloop.glib
import pytest
from gi.repository import GLib

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/lib"))

from lab import wait_until  # noqa: E402

NOVAHOSTD = os.environ.get("NOVAHOSTD", str(ROOT / "build/ci/daemon/novahostd"))
NAME = "org.openstack.NovaHost1"
HOST = "/org/openstack/NovaHost1"
SERVICE = NAME + ".Service"
COMPUTE = HOST + "/service/nova_2dcompute_2eservice"
API = HOST + "/service/nova_2dapi_2eservice"
ERROR = NAME + ".Error."

measures_memory = pytest.mark.skipif(bool(os.environ.get("NOVA_SANITIZE")),
                                     reason="a sanitizer's memory and threads are not the daemon's")

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={}/bus</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/>
<allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>"""

dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)


class Signals:
    """What novahostd says from now on; `wait` runs the loop until there is enough."""

    def __init__(self, bus):
        self.heard = []
        self.match = bus.add_signal_receiver(self._hear, bus_name=NAME, path_keyword="path",
                                             member_keyword="member", interface_keyword="interface")

    def _hear(self, *arguments, path, member, interface):
        self.heard.append((str(path), str(member), arguments))

    def wait(self, count, timeout=10):
        end = time.monotonic() + timeout
        while len(self.heard) < count:
            assert time.monotonic() < end, f"only {len(self.heard)} of {count} signals: {self.heard}"
            self.turn()
        return self.heard

    @staticmethod
    def turn():
        """Lets what has arrived be heard; waits a little for more."""
        GLib.timeout_add(20, lambda: False)
        GLib.MainContext.default().iteration(True)

    def changed_properties(self):
        """Of each PropertiesChanged: its path and the names it carried."""
        return [(path, set(map(str, args[1])), list(args[2])) for path, member, args in self.heard
                if member == "PropertiesChanged"]


class System:
    """The bus, the fakes on it and novahostd."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nova-bus-"))
        self.folder.chmod(0o755)
        (self.folder / "bus.conf").write_text(BUS_CONFIG.format(self.folder))
        self.address = f"unix:path={self.folder}/bus"
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": self.address,
                            "STATE_DIRECTORY": str(self.folder / "state")}
        self.environment.pop("NOTIFY_SOCKET", None)
        self.broker = subprocess.Popen(["dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork",
                                        "--print-address"], stdout=subprocess.PIPE)
        self.broker.stdout.readline()
        self.fakes = subprocess.Popen([sys.executable, str(HERE / "fake_system.py")], env=self.environment,
                                      stdout=subprocess.PIPE)
        assert self.fakes.stdout.readline().startswith(b"ready")
        self.bus = dbus.bus.BusConnection(self.address)
        self.control = dbus.Interface(self.bus.get_object("test.Control", "/control"), "test.Control")
        self.daemon = None
        self.before = []  # a command that runs the daemon, with its arguments
        self.start()

    def start(self, *arguments):
        self.log = open(self.folder / "log", "ab")
        self.daemon = subprocess.Popen([*self.before, NOVAHOSTD, "--config", str(self.folder / "novahostd.conf"),
                                        *arguments],
                                       env=self.environment, stderr=self.log)
        wait_until("novahostd takes its name", self.has_name)

    def has_name(self):
        assert self.daemon.poll() is None, (self.folder / "log").read_text()
        return self.bus.name_has_owner(NAME)

    def kill(self, how=signal.SIGKILL):
        self.daemon.send_signal(how)
        return self.daemon.wait(20)

    def service(self, path=COMPUTE):
        return dbus.Interface(self.bus.get_object(NAME, path, introspect=False), SERVICE)

    def get(self, name, path=COMPUTE):
        return self.bus.get_object(NAME, path, introspect=False).Get(SERVICE, name,
                                                                    dbus_interface="org.freedesktop.DBus.Properties")

    def objects(self):
        return self.bus.get_object(NAME, HOST, introspect=False).GetManagedObjects(
            dbus_interface="org.freedesktop.DBus.ObjectManager")

    def signals(self):
        heard = Signals(self.bus)
        self.bus.get_object("org.freedesktop.DBus", "/").GetId(dbus_interface="org.freedesktop.DBus")  # it is matched
        return heard

    def as_nobody(self, method, *arguments, path=COMPUTE, interactive=False):
        """A call by a user without privilege: (the answer, None) or (None, the error's name)."""
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable,
                               str(HERE / "client.py"), self.address, path, method, json.dumps(arguments),
                               "interactive" if interactive else ""], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def flood(self, count, size=1, user=65534, path=COMPUTE):
        """That many calls of Pause at once, by a user without privilege; `stdout` has a line for each answer."""
        return subprocess.Popen(["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", sys.executable,
                                 str(HERE / "flood.py"), self.address, path, str(count), str(size)],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def text(self):
        return (self.folder / "log").read_text()

    def close(self):
        self.bus.close()
        for process in (self.daemon, self.fakes, self.broker):
            if process and process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder)


@pytest.fixture
def system():
    made = System()
    yield made
    made.close()


def options(**values):
    return dbus.Dictionary(values, "sv")


def refused(call, *arguments):
    """The name of the error that a call ends with."""
    with pytest.raises(dbus.DBusException) as caught:
        call(*arguments)
    return caught.value.get_dbus_name(), caught.value.get_dbus_message()
