# SPDX-License-Identifier: Apache-2.0
"""A host joins a zone and stays in it: both daemons and the zone's own front as they are, on loopback, with
certificates that live for a minute."""
import json
import subprocess

import pytest
from small_zone import Host, Zone, heard, wait_until


@pytest.fixture
def zone(system):
    made = Zone(system.folder)
    yield made
    made.stop()


@pytest.fixture
def short_lived_zone(system):
    made = Zone(system.folder, life="1min")
    yield made
    made.stop()


def test_a_host_joins_with_a_token_and_is_heard(system, zone):
    host = Host(system, zone)
    host.restart()
    wait_until("it is told to enrol", lambda: "novahostd --enrol" in system.text())
    host.join(zone.run("--join-token", "compute1"))
    # Without a restart: the daemon notices the files.
    assert wait_until("it is heard", lambda: heard(zone))["id"] == host.id()
    assert (host.state / "pki/host.key").stat().st_mode & 0o777 == 0o600


def test_used_unknown_and_foreign_tokens_are_refused_and_change_nothing(system, zone):
    host = Host(system, zone)
    system.kill()
    refused = host.enrol("rubbish")
    assert refused.returncode == 1 and "does not know the join token" in refused.stderr
    refused = host.enrol(zone.run("--join-token", "compute2"))
    assert refused.returncode == 1 and "is for compute2" in refused.stderr
    assert zone.hosts() == {} and not (host.state / "pki/host.crt").exists()
    token = zone.run("--join-token", "compute1")
    host.join(token)
    before = host.serial()
    refused = host.enrol(token)
    assert refused.returncode == 1 and "was used" in refused.stderr
    assert host.serial() == before


def test_the_enrolment_door_takes_no_rubbish(zone):
    assert zone.post("/federation/v1/enrol", b"{")[0] == 400
    assert zone.post("/federation/v1/enrol", b"\xff")[0] == 400
    assert zone.post("/federation/v1/enrol", b'{"token": 1}') == (400, "cannot take token: it must be a string")
    assert zone.post("/federation/v1/enrol", b" " * 70000)[0] == 413
    assert zone.post("/federation/v1/renew", b'{"csr": "x"}')[0] == 401
    assert zone.post("/federation/v1/sync", b"{}")[0] == 401


def test_a_host_installed_anew_is_the_host_it_was(system, zone):
    host = Host(system, zone)
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("it is heard", lambda: heard(zone))
    former = host.id()
    system.kill()
    subprocess.run(["rm", "-r", host.state], check=True)
    host.restart()
    assert host.id() != former
    token = zone.run("--join-token", "compute1")
    running = host.enrol(token)
    assert running.returncode == 1 and "its novahostd is running" in running.stderr
    system.kill()
    assert "former host id" in host.join(token), "the refused attempt has used the token up"
    assert host.id() == former
    host.restart()
    assert wait_until("it is heard", lambda: heard(zone))["id"] == former


def speaks(zone, host):
    """@return what the zone says to whoever has the host's key and certificate"""
    pki = host.state / "pki"
    return zone.post("/federation/v1/sync", b"{}", pki / "host.crt", pki / "host.key")


def renews(zone, host):
    pki = host.state / "pki"
    csr = subprocess.run(["openssl", "req", "-new", "-key", pki / "host.key", "-subj", "/CN=x"], check=True,
                         capture_output=True, text=True).stdout
    return zone.post("/federation/v1/renew", json.dumps({"csr": csr}).encode(), pki / "host.crt", pki / "host.key")


def enrols_with_its_present_key(zone, host, token):
    csr = subprocess.run(["openssl", "req", "-new", "-key", host.state / "pki/host.key", "-subj", "/CN=x"], check=True,
                         capture_output=True, text=True).stdout
    return zone.post("/federation/v1/enrol", json.dumps(
        {"token": token, "name": "compute1", "host": host.id(), "csr": csr}).encode())


@pytest.mark.parametrize("was_heard", [True, False])
def test_a_removed_host_is_nobody_and_comes_back_with_a_new_token_only(system, zone, was_heard):
    host = Host(system, zone)
    system.kill()
    used, unused = zone.run("--join-token", "compute1"), zone.run("--join-token", "compute1")
    host.join(used)
    if was_heard:
        host.restart()
        wait_until("it is heard", lambda: heard(zone))
        system.kill()
    assert speaks(zone, host)[0] == 400
    assert zone.ask("DELETE", "/hosts/compute1") == (204, None)
    assert zone.ask("DELETE", "/hosts/compute1")[0] == 404
    status, why = speaks(zone, host)
    assert status == 403 and "is revoked" in why, why
    assert renews(zone, host)[0] == 403
    for token in (used, unused):
        status, why = enrols_with_its_present_key(zone, host, token)
        assert status == 401 and "does not know the join token" in why, why
    assert zone.hosts() == {}
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("it is heard again", lambda: heard(zone))


def test_a_running_host_renews_its_certificate_in_time(system, short_lived_zone):
    zone, host = short_lived_zone, Host(system, short_lived_zone)
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("it is heard", lambda: heard(zone))
    first = host.serial()
    second = wait_until("it has renewed", lambda: (serial := host.serial()) != first and serial, 60)
    wait_until("it has renewed again, with the renewed one", lambda: host.serial() != second, 60)
    assert heard(zone), system.text()
    assert "cannot" not in system.text().split("in touch with zone")[-1], system.text()


def test_the_zones_ca_is_replaced_under_a_running_host(system, short_lived_zone):
    zone, host = short_lived_zone, Host(system, short_lived_zone)
    own_copy = system.folder / "ca-at-the-enrolment.crt"
    own_copy.write_text(zone.ca.read_text())
    config = system.folder / "novahostd.conf"
    config.write_text(config.read_text().replace(str(zone.ca), str(own_copy)))
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("it is heard", lambda: heard(zone))
    former = host.certificate("-issuer")
    zone.run("--replace-ca")
    zone.reload()
    wait_until("the front believes both", lambda: zone.ca.read_text().count("BEGIN") == 2)
    assert host.certificate("-issuer") == former
    wait_until("it has one of the new CA", lambda: host.certificate("-issuer") != former, 60)
    assert (host.state / "pki/zone-ca.crt").read_text().count("BEGIN") == 2
    # The front shows a certificate of the new CA only: the host has learnt whom to believe.
    for name in ("server.crt", "server.key"):
        (zone.folder / "state/ca" / name).unlink()
    zone.stop()
    zone.start()
    wait_until("it is heard by a front of the new CA", lambda: heard(zone))


def test_a_ca_in_foreign_hands_is_distrusted_at_once(system, zone):
    host = Host(system, zone)
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    assert speaks(zone, host)[0] == 400
    former_ca = zone.ca.read_text()
    zone.run("--replace-ca")
    for former in (zone.folder / "state/ca").glob("previous-*.crt"):
        former.unlink()
    zone.reload()
    wait_until("the new CA is published",
               lambda: (ca := zone.ca.read_text()).count("BEGIN") == 1 and ca != former_ca)
    zone.trust_anew()
    status, why = wait_until("the front has the new CA", lambda: zone.tried(lambda: speaks(zone, host)))
    assert status == 401 and "no CA of this zone" in why, why
    host.join(zone.run("--join-token", "compute1"))
    host.restart()
    wait_until("it is heard", lambda: heard(zone))
