# SPDX-License-Identifier: Apache-2.0
"""A host joins a zone and stays in it: both daemons and the zone's own front as they are, on loopback, with
certificates that live for a minute."""
import json
import os
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from conftest import NOVAHOSTD, ROOT

NOVAZONED = os.environ.get("NOVAZONED", str(ROOT / "build/ci/rest/novazoned"))


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def wait_until(what, holds, timeout=30):
    end = time.monotonic() + timeout
    while not (found := holds()):
        assert time.monotonic() < end, f"not within {timeout} s: {what}"
        time.sleep(0.05)
    return found


class Zone:
    """novazoned and the nginx that it configures."""

    def __init__(self, folder, life="1h"):
        self.folder = folder / "zone"
        for name in ("state", "run"):
            (self.folder / name).mkdir(parents=True)
        self.port, self.backend = free_ports(2)
        self.config = self.folder / "novazoned.conf"
        self.config.write_text(f"[Zone]\nName=north\nStateDirectory={self.folder}/state\n"
                               f"RuntimeDirectory={self.folder}/run\n[Hosts]\nCertificateLife={life}\n"
                               f"[Front]\nAddress=127.0.0.1\nPort={self.port}\nBackendPort={self.backend}\n")
        self.ca = self.folder / "run/ca.crt"
        self.url = f"https://localhost:{self.port}"
        self.log = open(folder / "zone.log", "ab")
        self.start()
        self.token = self.run("--create-token", "story", "--role", "admin")

    def start(self):
        environment = {k: v for k, v in os.environ.items() if k != "NOTIFY_SOCKET"}
        self.daemon = subprocess.Popen([NOVAZONED, "--config", self.config], stderr=self.log, env=environment)
        wait_until("the zone is there", lambda: self.answers(self.backend))
        self.front = subprocess.Popen(["nginx", "-c", self.folder / "run/front/nginx.conf", "-e", "stderr"],
                                      stderr=self.log)
        wait_until("the front is there", lambda: self.answers(self.port))
        self.tls = ssl.create_default_context(cafile=self.ca)

    @staticmethod
    def answers(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def run(self, *arguments):
        return subprocess.run([NOVAZONED, "--config", self.config, *arguments], check=True, capture_output=True,
                              text=True).stdout.strip()

    def hosts(self):
        request = urllib.request.Request(self.url + "/hosts", headers={"X-Auth-Token": self.token})
        with urllib.request.urlopen(request, context=self.tls, timeout=10) as answer:
            return {host["name"]: host for host in json.load(answer)["hosts"]}

    def post(self, path, body):
        """Without a certificate. @return status and message"""
        request = urllib.request.Request(self.url + path, data=body, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=10) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, next(iter(json.load(error).values()))["message"]

    def stop(self):
        for process in (self.front, self.daemon):
            process.terminate()
            process.wait(20)


class Host:
    """The host of the story: novahostd on its bus, and what an administrator does there."""

    def __init__(self, system, zone):
        self.system = system
        self.state = system.folder / "state"
        (system.folder / "novahostd.conf").write_text(
            f"[Host]\nNovaHost=compute1\n[Zone]\nURL={zone.url}\nCAFile={zone.ca}\n")

    def enrol(self, token):
        file = self.system.folder / "join-token"
        file.write_text(token + "\n")
        return subprocess.run([NOVAHOSTD, "--config", self.system.folder / "novahostd.conf", "--enrol",
                               "--join-token-file", file], env=self.system.environment, capture_output=True, text=True)

    def join(self, token):
        done = self.enrol(token)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def restart(self):
        if self.system.daemon.poll() is None:
            self.system.kill()
        self.system.start()

    def id(self):
        return (self.state / "host-id").read_text().strip()

    def certificate(self, field):
        return subprocess.run(["openssl", "x509", "-in", self.state / "pki/host.crt", "-noout", field], check=True,
                              capture_output=True, text=True).stdout

    def serial(self):
        return self.certificate("-serial")


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


def heard(zone, name="compute1"):
    host = zone.hosts().get(name)
    return host if host and host["state"] == "up" else None


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
    zone.stop()
    zone.start()
    wait_until("it is heard, with the certificate of the former CA", lambda: heard(zone))
    assert host.certificate("-issuer") == former
    wait_until("it has one of the new CA", lambda: host.certificate("-issuer") != former, 60)
    assert (host.state / "pki/zone-ca.crt").read_text().count("BEGIN") == 2
    # The front shows a certificate of the new CA only: the host has learnt whom to believe.
    for name in ("server.crt", "server.key"):
        (zone.folder / "state/ca" / name).unlink()
    zone.stop()
    zone.start()
    wait_until("it is heard by a front of the new CA", lambda: heard(zone))
