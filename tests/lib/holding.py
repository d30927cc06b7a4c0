# SPDX-License-Identifier: Apache-2.0
"""What the stories about holds ask of a host, and the disk that is too small for them."""
import json

from lab import plain, wait_until

COMPUTE = "nova-compute.service"


def owners(host):
    return sorted(hold["owner"] for hold in host.service(COMPUTE)["Holds"])


def history(host):
    """Owner and end of every hold that has ended, the last first."""
    done = host.call(COMPUTE, "History", "u", "100")
    return [(h["owner"], h["released_by"], h["release_message"]) for h in plain(json.loads(done.stdout)["data"][0])]


def on_the_bus(host):
    wait_until("novahostd is on the bus", lambda: host.ok("busctl", "status", "org.openstack.NovaHost1"))


def on_a_small_disk(host):
    """The stopped daemon's state on a disk of 2 MB, as it is."""
    host.run("sh", "-ec", "cp -a /var/lib/novahost /var/lib/novahost.aside; mount -t tmpfs -o size=2m,mode=0700 none "
             "/var/lib/novahost; chown novahost: /var/lib/novahost; cp -a /var/lib/novahost.aside/. /var/lib/novahost/")


def off_the_small_disk(host):
    host.systemctl("stop", "novahostd")
    host.run("sh", "-ec", "umount /var/lib/novahost; rm -rf /var/lib/novahost.aside")
    host.systemctl("start", "novahostd")
