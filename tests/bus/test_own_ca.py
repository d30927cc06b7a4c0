# SPDX-License-Identifier: Apache-2.0
"""An operator's own CA in the place of the zone's: at the front, and for hosts that were never enrolled."""
import json
import subprocess
import uuid

import pytest
from small_zone import Host, OwnAuthority, Zone, heard, wait_until


@pytest.fixture
def authority(system):
    return OwnAuthority(system.folder)


@pytest.fixture
def zone(system, authority):
    made = Zone(system.folder, front=authority.front(), trust=authority.certificate)
    yield made
    made.stop()


def with_certificate(zone, certificate, key):
    return f"CAFile={zone.trust}\nCertificateFile={certificate}\nKeyFile={key}\n"


def compute_service(zone):
    return wait_until("the zone has its service", lambda: next(
        (s for s in zone.ask("GET", "/services")[1]["services"] if s["binary"] == "nova-compute"), None))


def a_report(host, name):
    return json.dumps({"version": 1, "host": host, "name": name, "incarnation": str(uuid.uuid4()),
                       "nonce": str(uuid.uuid4()), "sequence": 0, "base": 0, "revision": 0,
                       "holds": {"digest": "0"}}).encode()


@pytest.mark.parametrize("with_id", [True, False])
def test_a_host_with_an_operators_certificate_is_heard_and_called(system, zone, authority, with_id):
    names = "DNS:compute1" + (f",URI:urn:uuid:{(system.folder / 'state/host-id').read_text().strip()}"
                              if with_id else "")
    host = Host(system, zone, more=with_certificate(zone, *authority.issue("compute1", names, "clientAuth")))
    host.restart()
    assert wait_until("it is heard", lambda: heard(zone))["id"] == host.id()
    # Through its doorbell, long before its next sync: the zone's word arrives.
    service = compute_service(zone)
    status, done = zone.ask("POST", f"/services/{service['id']}/action", b'{"pause": {"reason": "a story"}}')
    assert status == 202, done
    wait_until("the host holds it", lambda: system.get("Held"))


def test_a_name_without_an_id_cannot_take_over_a_lost_hosts_id(system, zone, authority):
    host = Host(system, zone, more=with_certificate(zone, *authority.issue("compute1", "DNS:compute1", "clientAuth")))
    host.restart()
    wait_until("it is heard", lambda: heard(zone))
    system.kill()
    wait_until("it is lost", lambda: zone.hosts()["compute1"]["state"] != "up")
    other = authority.issue("compute2", "DNS:compute2", "clientAuth")
    status, why = zone.post("/federation/v1/sync", a_report(host.id(), "compute2"), *other)
    assert status == 403 and "compute1" in why, why
    status, why = zone.post("/federation/v1/sync", a_report(host.id(), "compute1"), *other)
    assert status == 403 and "the certificate says" in why, why
    assert set(zone.hosts()) == {"compute1"}


def machines_list(system, authority):
    """Makes the operator's CA one of the machine's own list, for what this system runs."""
    folder = system.folder / "machines-list"
    folder.mkdir()
    text = authority.certificate.read_text()
    (folder / "own.pem").write_text(text)
    (folder / "ca-certificates.crt").write_text(text)
    subprocess.run(["openssl", "rehash", folder], check=True)
    system.before = ["unshare", "--mount", "sh", "-c",
                     f'mount --bind {folder} /etc/ssl/certs && exec "$@"', "sh"]


def test_a_host_that_believes_the_machines_list_goes_on_after_its_enrolment(system, zone, authority):
    machines_list(system, authority)
    host = Host(system, zone, more="")
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    assert "north" in subprocess.run(["openssl", "x509", "-in", host.state / "pki/zone-ca.crt", "-noout", "-subject"],
                                     check=True, capture_output=True, text=True).stdout
    host.restart()
    wait_until("it is heard by the front that the machine's list vouches for", lambda: heard(zone))


def test_a_host_that_has_learnt_the_zones_ca_believes_it_without_a_file(system, authority):
    """Enrolled with CAFile=, which is taken away afterwards: what was learnt is enough."""
    zone = Zone(system.folder)
    try:
        host = Host(system, zone)
        system.kill()
        host.join(zone.run("--join-token", "compute1"))
        Host(system, zone, more="")
        host.restart()
        wait_until("it is heard", lambda: heard(zone))
    finally:
        zone.stop()
