# SPDX-License-Identifier: Apache-2.0
"""packaging/quickstart where systemd is PID 1: this machine becomes a zone of one host, after asking."""
import pytest

from lab import PACKAGES, ROOT, wait_until

CHECKOUT = "/srv/nova services"
RECORD = "/var/lib/nova-services-quickstart"


@pytest.fixture(scope="module")
def booted(new_lab):
    machine = new_lab("test-quickstart").boot("machine")
    files = [path for path in (ROOT / "packaging").rglob("*") if path.is_file()]
    for path in files + list(PACKAGES.glob("*.deb")):
        machine.copy_in(path, f"{CHECKOUT}/{path.relative_to(ROOT)}", oct(path.stat().st_mode & 0o777)[2:])
    return machine


@pytest.fixture
def machine(booted):
    """As before the first quickstart, whatever a story has left."""
    yield booted
    quickstart(booted, "down")
    booted.execute("dpkg", "--purge", "novahostd", "novazoned")
    booted.run("rm", "-rf", "/etc/novahost", RECORD)


def shell(machine, script, timeout=300):
    """In the checkout; a proxy that answers nobody is no hindrance, since nothing here is far away."""
    return machine.execute("env", "-C", CHECKOUT, "https_proxy=http://127.0.0.1:9", "sh", "-c", script, timeout=timeout)


def quickstart(machine, *args):
    return shell(machine, f"packaging/quickstart {' '.join(args)} --packages build/packages")


def installed(machine):
    done = machine.execute("dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", "nova*d")
    return sorted(line.split()[0] for line in done.stdout.splitlines() if line.endswith(" installed"))


def services(machine):
    ask = ". build/local/env; curl -sS --noproxy '*' --cacert \"$ZONE_CA\" -H \"X-Auth-Token: $(cat \"$ZONE_TOKEN_FILE\")\" $ZONE_URL/services"
    return shell(machine, ask).stdout


def succeeded(done):
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_it_asks_before_it_touches_this_machine(machine):
    refused = quickstart(machine)
    assert refused.returncode != 0
    assert "--yes" in refused.stderr

    answered = shell(machine, "echo n | script -qec 'packaging/quickstart --packages build/packages' /dev/null")
    assert answered.returncode != 0
    assert "nothing was done" in answered.stdout
    assert installed(machine) == []


def test_it_makes_a_zone_of_one_host_and_removes_it(machine):
    started = succeeded(quickstart(machine, "--yes"))
    assert "sudo packaging/quickstart down" in started.stdout
    assert installed(machine) == ["novahostd", "novazoned"]
    machine.stand_in("nova-compute")
    wait_until("the new service in GET /services", lambda: '"nova-compute"' in services(machine))
    token = machine.read(f"{CHECKOUT}/build/local/token")

    succeeded(quickstart(machine, "--yes"))
    assert machine.read(f"{CHECKOUT}/build/local/token") == token

    succeeded(quickstart(machine, "down"))
    assert installed(machine) == []
    for path in (f"{CHECKOUT}/build/local", RECORD, "/etc/novahost", "/etc/novazone", "/var/lib/novahost", "/var/lib/novazone",
                 "/usr/sbin/policy-rc.d"):
        assert not machine.ok("test", "-e", path), path
    assert machine.active("nova-compute.service")


def test_a_lost_build_directory_is_made_anew(machine):
    succeeded(quickstart(machine, "--yes"))
    machine.run("rm", "-r", f"{CHECKOUT}/build/local")
    succeeded(quickstart(machine, "--yes"))
    assert '"services"' in services(machine)
    assert not machine.ok("test", "-e", f"{CHECKOUT}/build/local/token.new")

    machine.run("rm", "-r", f"{CHECKOUT}/build/local")
    succeeded(quickstart(machine, "down"))
    assert installed(machine) == []


def test_a_token_that_is_no_longer_good_is_replaced(machine):
    succeeded(quickstart(machine, "--yes"))
    machine.run("novazoned", "--revoke-token", "quickstart")
    succeeded(quickstart(machine, "--yes"))
    assert '"services"' in services(machine)


def test_a_host_of_another_zone_stays_there(machine):
    machine.install_packages("novahostd")
    theirs = "/etc/novahost/novahostd.conf.d/zone.conf"
    machine.write(theirs, "[Zone]\nURL=https://controller.example.org:8790\nCAFile=/etc/novahost/zone-ca.crt\n")
    before = machine.read(theirs)
    refused = quickstart(machine, "--yes")
    assert refused.returncode != 0
    assert "cannot make a zone of this machine" in refused.stderr
    assert f"{theirs} says URL=https://controller.example.org:8790" in refused.stderr
    assert (installed(machine), machine.read(theirs)) == (["novahostd"], before)


def test_what_was_there_before_is_given_back(machine):
    """novahostd without a zone, and who it was in an earlier one."""
    machine.install_packages("novahostd")
    machine.write("/etc/novahost/novahostd.conf.d/own.conf", "[Host]\nRequireReason=yes\n")
    machine.write("/etc/novahost/zone-ca.crt", "of an earlier zone\n")
    machine.write("/var/lib/novahost/pki/host.crt", "of an earlier zone\n")
    machine.run("chown", "-R", "novahost:", "/var/lib/novahost/pki")

    succeeded(quickstart(machine, "--yes"))
    assert "of an earlier zone" not in machine.read("/var/lib/novahost/pki/host.crt")

    succeeded(quickstart(machine, "down"))
    assert installed(machine) == ["novahostd"]
    assert machine.active("novahostd.service")
    assert machine.read("/var/lib/novahost/pki/host.crt") == "of an earlier zone\n"
    assert machine.read("/etc/novahost/zone-ca.crt") == "of an earlier zone\n"
    assert machine.run("ls", "/etc/novahost/novahostd.conf.d") == "own.conf\n"


def test_a_failure_names_its_step_why_and_the_log(machine):
    failed = shell(machine, "packaging/quickstart --yes --packages /nowhere")
    assert failed.returncode == 1
    assert "quickstart: cannot install novahostd novazoned on this machine" in failed.stderr
    assert "why:  there is no package of novahostd in /nowhere" in failed.stderr
    log = next(line.split(":", 1)[1].strip() for line in failed.stderr.splitlines() if line.strip().startswith("log:"))
    assert "there is no package of novahostd" in machine.read(f"{CHECKOUT}/{log}")
    assert installed(machine) == []


def test_what_a_build_needs_is_installed_without_being_started(machine):
    """Only for that installation: a file that a killed one leaves keeps nobody else's services down."""
    deb = f"build/packages/{next(PACKAGES.glob('novahostd_*.deb')).name}"
    succeeded(shell(machine, f"packaging/apt-install ./{deb}"))
    assert not machine.active("novahostd.service")
    assert not machine.ok("test", "-e", "/usr/sbin/policy-rc.d")

    keep = "cp /usr/sbin/policy-rc.d /root/left; true"
    succeeded(shell(machine, f"packaging/apt-install -o DPkg::Pre-Invoke::='{keep}' --reinstall ./{deb}"))
    machine.run("cp", "-p", "/root/left", "/usr/sbin/policy-rc.d")
    machine.run("dpkg", "--purge", "novahostd")
    machine.install_packages("novahostd")
    assert machine.active("novahostd.service")
    succeeded(shell(machine, f"packaging/apt-install --reinstall ./{deb}"))
    assert not machine.ok("test", "-e", "/usr/sbin/policy-rc.d")
