# SPDX-License-Identifier: Apache-2.0
"""Many calls of Pause at once, each with a reason of that size, by a client of its own user: prints the error's name of
each that is answered, and stays connected until its standard input ends."""
import sys

import dbus
import dbus.bus
import dbus.lowlevel
import dbus.mainloop.glib
from gi.repository import GLib

address, path, count, size = sys.argv[1:]
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.bus.BusConnection(address)


def answered(reply):
    print(reply.get_error_name() if isinstance(reply, dbus.lowlevel.ErrorMessage) else "done", flush=True)


for _ in range(int(count)):
    call = dbus.lowlevel.MethodCallMessage("org.openstack.NovaHost1", path, "org.openstack.NovaHost1.Service", "Pause")
    call.append("r" * int(size), dbus.Dictionary({}, "sv"), signature="sa{sv}")
    bus.send_message_with_reply(call, answered, 300)
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_HUP, lambda *_: loop.quit())
loop.run()
