# SPDX-License-Identifier: Apache-2.0
"""What the daemon costs while nothing happens and its zone hears from it over TLS."""
import pathlib
import re
import time

import pytest
from conftest import measures_memory, wait_until
from test_enrolment import Host, Zone

SECONDS = 20
WAKEUPS_OF_A_SYNC = 4  # its time has come, it is sent, it is answered; and one of the doorbell's now and then


@pytest.fixture
def joined(system):
    """A daemon that is in touch with its zone."""
    zone = Zone(system.folder)
    host = Host(system, zone)
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("the zone hears it", lambda: zone.hosts().get("compute1", {}).get("state") == "up")
    yield zone
    zone.stop()


def pss(pid):
    return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)[1])


def wakeups(pid):
    """Each wakeup of an event loop is one voluntary switch."""
    return sum(int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


@measures_memory
def test_at_rest_with_a_zone_it_needs_little_memory_and_wakes_for_the_sync_only(system, joined):
    pid = system.daemon.pid
    before = wakeups(pid)
    time.sleep(SECONDS)  # the length of the measurement
    count, memory = wakeups(pid) - before, pss(pid)
    print(f"PSS {memory} kB, {count} wakeups in {SECONDS} s")
    assert memory <= 12 * 1024
    # So small a zone is heard from once a second.
    assert count <= SECONDS * WAKEUPS_OF_A_SYNC + SECONDS / 2
