# SPDX-License-Identifier: Apache-2.0
"""One call of a client of its own user: prints [answer, null] or [null, error name]."""
import json
import sys

import dbus
import dbus.bus
import dbus.lowlevel

address, path, method, arguments, interactive = sys.argv[1:]
bus = dbus.bus.BusConnection(address)
call = dbus.lowlevel.MethodCallMessage("org.openstack.NovaHost1", path, "org.openstack.NovaHost1.Service", method)
for argument in json.loads(arguments):
    if isinstance(argument, dict):
        call.append(dbus.Dictionary(argument, "sv"), signature="a{sv}")
    elif isinstance(argument, int):
        call.append(argument, signature="u")
    else:
        call.append(argument)
if interactive:
    call.set_allow_interactive_authorization(True)
try:
    reply = bus.send_message_with_reply_and_block(call, 20)
    print(json.dumps([json.loads(json.dumps(reply.get_args_list())), None]))
except dbus.DBusException as error:
    print(json.dumps([None, error.get_dbus_name()]))
