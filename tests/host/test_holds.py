# SPDX-License-Identifier: Apache-2.0
"""Holds outlive what happens to the daemon, its disk and its bus."""
import random
import subprocess
import time

from holding import COMPUTE, off_the_small_disk, on_a_small_disk, on_the_bus, owners
from lab import wait_until


def test_kill_nine_at_any_moment_loses_no_acknowledged_hold_and_invents_none(host):
    """A shell inside pauses again and again and writes down each answer; the daemon is killed in between."""
    host.write("/root/pauses.sh", """
      i=0
      while [ ! -e /run/no-more-pauses ]; do
        i=$((i + 1))
        echo "asked $i"
        if busctl --auto-start=no call org.openstack.NovaHost1 "$1" org.openstack.NovaHost1.Service Pause 'sa{sv}' x 1 owner s "o$i" \
            > /dev/null 2>&1; then echo "acknowledged $i"; fi
      done""")
    path = host.service(COMPUTE)["path"]
    asker = subprocess.Popen(["nsenter", "-t", host.leader, "-a", "sh", "/root/pauses.sh", path], stdout=subprocess.PIPE,
                             text=True)
    try:
        for _ in range(8):
            on_the_bus(host)
            time.sleep(random.uniform(0, 0.1))  # a random moment is what this story is about
            host.systemctl("kill", "--signal=KILL", "novahostd")
    finally:
        host.run("touch", "/run/no-more-pauses")
        told = asker.communicate(timeout=60)[0].split("\n")
        host.run("rm", "/run/no-more-pauses")
    asked = {"o" + line.split()[1] for line in told if line.startswith("asked")}
    acknowledged = {"o" + line.split()[1] for line in told if line.startswith("acknowledged")}
    assert len(acknowledged) >= 8 and asked - acknowledged, "it was killed while it worked"
    on_the_bus(host)
    there = set(owners(host))
    assert acknowledged - there == set(), "lost"
    assert there - asked == set(), "invented"


def test_a_full_disk_refuses_new_holds_and_keeps_the_old(host):
    host.pause(COMPUTE, "disk swap")
    host.systemctl("stop", "novahostd")
    on_a_small_disk(host)
    try:
        host.systemctl("start", "novahostd")
        host.execute("sh", "-c", "head -c 4000000 /dev/zero > /var/lib/novahost/filler")
        done = host.call(COMPUTE, "Pause", "sa{sv}", "kernel", "1", "owner", "s", "updates")
        assert done.returncode != 0 and "cannot write /var/lib/novahost/holds.json: No space left" in done.stderr
        assert owners(host) == ["root"]
        host.systemctl("kill", "--signal=KILL", "novahostd")
        on_the_bus(host)
        assert owners(host) == ["root"]
        host.run("rm", "/var/lib/novahost/filler")
        host.pause(COMPUTE, "kernel", ("owner", "s", "updates"))
        assert owners(host) == ["root", "updates"]
    finally:
        off_the_small_disk(host)
    assert owners(host) == ["root"], "the disk below has what it had"


def test_the_daemon_comes_back_with_the_bus(host):
    host.pause(COMPUTE, "disk swap")
    before = host.show("novahostd", "MainPID")["MainPID"]
    host.systemctl("restart", "dbus")
    on_the_bus(host)
    assert host.show("novahostd", "MainPID")["MainPID"] != before
    assert owners(host) == ["root"]


def test_a_hung_daemon_is_replaced_by_the_watchdog(host):
    host.write("/etc/systemd/system/novahostd.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    host.systemctl("daemon-reload")
    host.systemctl("restart", "novahostd")
    try:
        host.pause(COMPUTE, "disk swap")
        before = host.show("novahostd", "MainPID")["MainPID"]
        host.systemctl("kill", "--signal=STOP", "novahostd")
        wait_until("another one serves", lambda: host.show("novahostd", "MainPID", "ActiveState") not in (
            {"MainPID": before, "ActiveState": "active"},) and host.active("novahostd"), timeout=30)
        assert owners(host) == ["root"]
    finally:
        host.run("rm", "/etc/systemd/system/novahostd.service.d/watchdog.conf")
        host.systemctl("daemon-reload")
        host.systemctl("restart", "novahostd")


def test_who_asks_for_it_starts_it(host):
    host.systemctl("stop", "novahostd")
    assert host.service(COMPUTE)["Binary"] == "nova-compute"
    assert host.active("novahostd")
