# SPDX-License-Identifier: Apache-2.0
"""Holds that end by themselves, by a clock that somebody keeps right."""
import subprocess
import time

from holding import COMPUTE, history, off_the_small_disk, on_a_small_disk, owners
from lab import wait_until


def with_a_clock(host, tmp_path):
    """The daemon with a clock whose synchronisation the story decides: in systemd-timedated, which it asks."""
    library = tmp_path / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, f"{__file__.rsplit('/', 1)[0]}/clock.c"], check=True)
    host.copy_in(library, "/usr/lib/nova-test-clock.so")
    host.write("/etc/systemd/system/systemd-timedated.service.d/clock.conf",
               "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/nova-test-clock.so\n")
    host.systemctl("daemon-reload")
    host.systemctl("stop", "systemd-timedated")
    host.systemctl("restart", "novahostd")


def without_it(host):
    host.run("rm", "-f", "/etc/systemd/system/systemd-timedated.service.d/clock.conf", "/run/clock-is-synchronised")
    host.systemctl("stop", "systemd-timedated")
    host.systemctl("daemon-reload")
    host.systemctl("restart", "novahostd")


def pause_for(host, seconds):
    """PAUSE until so many seconds from now, by the host's own clock at that moment."""
    host.run("sh", "-c", f"busctl call org.openstack.NovaHost1 {host.service(COMPUTE)['path']} "
             "org.openstack.NovaHost1.Service Pause 'sa{sv}' short 1 until t "
             f"$(( ($(date +%s) + {seconds}) * 1000000 ))")


def test_until_ends_a_hold_by_itself_also_across_a_restart(host, tmp_path):
    with_a_clock(host, tmp_path)
    try:
        host.run("touch", "/run/clock-is-synchronised")
        pause_for(host, 2)
        wait_until("the hold has ended", lambda: owners(host) == [])
        assert history(host)[0] == ("root", "root", "until passed")
        pause_for(host, 10)
        assert owners(host) == ["root"]
        host.systemctl("stop", "novahostd")
        end = time.monotonic() + 11
        wait_until("its time is over", lambda: time.monotonic() > end)
        host.systemctl("start", "novahostd")
        wait_until("the hold has ended", lambda: owners(host) == [])
    finally:
        without_it(host)


def test_until_waits_while_the_clock_is_not_synchronised_and_no_longer(host, tmp_path):
    with_a_clock(host, tmp_path)
    try:
        pause_for(host, 2)
        assert "a hold's until has to wait" in host.entry("clock unsynchronised")["MESSAGE"]
        assert owners(host) == ["root"]
        host.run("touch", "/run/clock-is-synchronised")
        # The kernel tells nobody: the daemon looks again every 30 s, and needs no restart.
        wait_until("the hold has ended", lambda: owners(host) == [], timeout=45)
        assert host.entry("expired")["MESSAGE"].startswith("the hold of root on nova-compute.service ended: ")
    finally:
        without_it(host)


def test_until_on_a_full_disk_waits_for_room_and_says_so(host, tmp_path):
    with_a_clock(host, tmp_path)
    host.run("touch", "/run/clock-is-synchronised")
    host.systemctl("stop", "novahostd")
    on_a_small_disk(host)
    try:
        host.systemctl("start", "novahostd")
        pause_for(host, 4)
        host.execute("sh", "-c", "head -c 4000000 /dev/zero > /var/lib/novahost/filler")
        assert "No space left" in host.entry("storage failed")["MESSAGE"]
        assert owners(host) == ["root"]
        host.run("rm", "/var/lib/novahost/filler")
        wait_until("the hold has ended", lambda: owners(host) == [], timeout=45)
    finally:
        off_the_small_disk(host)
        without_it(host)
