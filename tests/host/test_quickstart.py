# SPDX-License-Identifier: Apache-2.0
"""packaging/quickstart where systemd is PID 1: this machine becomes a zone of one host, after asking."""
import pytest

from lab import PACKAGES, ROOT, wait_until

CHECKOUT = "/srv/nova-services"


@pytest.fixture(scope="module")
def machine(new_lab):
    machine = new_lab("test-quickstart").boot("machine")
    files = [path for path in (ROOT / "packaging").rglob("*") if path.is_file()]
    for path in files + list(PACKAGES.glob("*.deb")):
        machine.copy_in(path, f"{CHECKOUT}/{path.relative_to(ROOT)}", oct(path.stat().st_mode & 0o777)[2:])
    return machine


def quickstart(machine, *args):
    return machine.execute(f"{CHECKOUT}/packaging/quickstart", *args, "--packages", f"{CHECKOUT}/build/packages",
                           timeout=300)


def installed(machine):
    done = machine.execute("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", "nova*d")
    return sorted(line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed"))


def test_it_asks_before_it_touches_this_machine(machine):
    refused = quickstart(machine)
    assert refused.returncode != 0
    assert "--yes" in refused.stderr
    assert installed(machine) == []


def test_it_makes_a_zone_of_one_host_and_removes_it(machine):
    started = quickstart(machine, "--yes")
    assert started.returncode == 0, started.stdout + started.stderr
    assert installed(machine) == ["novahostd", "novazoned"]
    machine.stand_in("nova-compute")
    ask = f". {CHECKOUT}/build/local/env; curl -sS --cacert $ZONE_CA -H \"X-Auth-Token: $(cat $ZONE_TOKEN_FILE)\" $ZONE_URL/services"
    wait_until("the new service in GET /services", lambda: '"nova-compute"' in machine.run("sh", "-c", ask))

    again = quickstart(machine, "--yes")
    assert again.returncode == 0, again.stdout + again.stderr

    assert quickstart(machine, "down").returncode == 0
    assert installed(machine) == []
    assert not machine.ok("test", "-e", f"{CHECKOUT}/build/local")
    assert machine.active("nova-compute.service")
