# SPDX-License-Identifier: Apache-2.0
"""What systemd has is what novahostd shows: always, soon, and for next to nothing."""
import json
import pathlib

import pytest

INSIDE = pathlib.Path(__file__).parent / "inside"


@pytest.fixture(scope="module")
def wild(new_lab):
    """A host of its own, for nothing on it stays as it was."""
    host = new_lab("test-wild").boot("wild")
    host.install_packages("novahostd")
    for script in INSIDE.glob("*.py"):
        host.copy_in(script, f"/root/stories/{script.name}")
    return host


def figures(host, *command, timeout):
    done = host.execute("python3", *command, timeout=timeout)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_other_units_and_quiet_cost_next_to_nothing(wild, record_property):
    wild.stand_in("nova-compute")
    found = figures(wild, "/root/stories/quiet.py", "--seconds", "20", "--jobs", "300", timeout=300)
    record_property("figures", json.dumps(found))
    print(json.dumps(found, indent=1))
    assert found["rest"]["calls"] == [], "systemd was asked something although nothing had happened"
    assert found["rest"]["wakeups_per_second"] <= 0.5
    assert found["rest"]["pss_kib"] <= 12 * 1024
    assert found["churn"]["calls"] == [], "systemd was asked something about units that are not ours"
    # 60 us of CPU a job on an ordinary machine. How fast this one is, systemd's own listener to the same signal says.
    assert found["churn"]["cpu_us_per_job"] <= found["churn"]["listener_us_per_job"]


def test_after_every_one_of_250_rounds_it_says_what_systemctl_says(wild, record_property):
    found = figures(wild, "/root/stories/chaos.py", "--rounds", "250", timeout=900)
    record_property("figures", json.dumps(found))
    print(json.dumps(found, indent=1))
    assert found["failure"] is None, f"{found['failure']} (seed {found['seed']})"
    assert found["rounds"] == 250
