# SPDX-License-Identifier: Apache-2.0
"""A zone on loopback, with its own front as it is, and the host that joins it."""
import json
import os
import signal
import socket
import ssl
import subprocess
import urllib.error
import urllib.request

from conftest import NOVAHOSTD, ROOT, wait_until
from ports import free_ports

NOVAZONED = os.environ.get("NOVAZONED", str(ROOT / "build/ci/rest/novazoned"))


class Zone:
    """novazoned and the nginx that it configures."""

    def __init__(self, folder, life="1h", front="", trust=None):
        self.folder = folder / "zone"
        for name in ("state", "run"):
            (self.folder / name).mkdir(parents=True)
        self.port, self.backend, _ = free_ports(3)
        self.config = self.folder / "novazoned.conf"
        self.config.write_text(f"[Zone]\nName=north\nStateDirectory={self.folder}/state\n"
                               f"RuntimeDirectory={self.folder}/run\n[Hosts]\nCertificateLife={life}\n"
                               f"[Front]\nAddress=127.0.0.1\nPort={self.port}\nBackendPort={self.backend}\n{front}")
        self.ca = self.folder / "run/ca.crt"
        self.trust = trust or self.ca
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
        self.tls = ssl.create_default_context(cafile=self.trust)

    @staticmethod
    def answers(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def run(self, *arguments):
        return subprocess.run([NOVAZONED, "--config", self.config, *arguments], check=True, capture_output=True,
                              text=True).stdout.strip()

    def ask(self, method, path, body=None):
        """As an administrator. @return status and JSON, of a fault its message"""
        request = urllib.request.Request(self.url + path, data=body, method=method, headers={
            "X-Auth-Token": self.token, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=self.tls, timeout=10) as answer:
                return answer.status, json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            return error.code, next(iter(json.load(error).values()))["message"]

    def hosts(self):
        return {host["name"]: host for host in self.ask("GET", "/hosts")[1]["hosts"]}

    def post(self, path, body, certificate=None, key=None):
        """As a host, or without a certificate. @return status, and of a fault the message"""
        tls = self.tls
        if certificate:
            tls = ssl.create_default_context(cafile=self.trust)
            tls.load_cert_chain(certificate, key)
        request = urllib.request.Request(self.url + path, data=body, headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, context=tls, timeout=10) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, next(iter(json.load(error).values()))["message"]

    def reload(self):
        self.daemon.send_signal(signal.SIGHUP)

    def trust_anew(self):
        """What an administrator does after the CA has changed: takes the new ca.crt."""
        self.tls = ssl.create_default_context(cafile=self.trust)

    @staticmethod
    def tried(ask):
        """What is answered, or nothing where TLS does not come about (yet)."""
        try:
            return ask()
        except OSError:
            return None

    def stop(self):
        for process in (self.front, self.daemon):
            process.terminate()
            process.wait(20)


class Host:
    """The host of the story: novahostd on its bus, and what an administrator does there."""

    def __init__(self, system, zone, name="compute1", more=None):
        self.system = system
        self.state = system.folder / "state"
        (system.folder / "novahostd.conf").write_text(
            f"[Host]\nNovaHost={name}\n[Zone]\nURL={zone.url}\n"
            + (f"CAFile={zone.trust}\n" if more is None else more))

    def enrol(self, token):
        file = self.system.folder / "join-token"
        file.write_text(token + "\n")
        return subprocess.run([*self.system.before, NOVAHOSTD, "--config", self.system.folder / "novahostd.conf",
                               "--enrol", "--join-token-file", file], env=self.system.environment,
                              capture_output=True, text=True)

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


def heard(zone, name="compute1"):
    host = zone.hosts().get(name)
    return host if host and host["state"] == "up" else None


class OwnAuthority:
    """A CA that is an operator's own, made and used with openssl(1)."""

    def __init__(self, folder):
        self.folder = folder / "own-ca"
        self.folder.mkdir()
        self.certificate = self.folder / "ca.crt"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=The operator's own CA",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=self.folder)

    def issue(self, stem, names, usage):
        """@return the files of a certificate and its key"""
        (self.folder / "more").write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      f"{stem}.key", "-out", f"{stem}.csr", "-subj", f"/CN={stem}")
        self._openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "1",
                      "-extfile", "more", "-out", f"{stem}.crt")
        return self.folder / f"{stem}.crt", self.folder / f"{stem}.key"

    def front(self):
        """Lines for [Front]: a server's certificate of this CA, and hosts' certificates of it believed."""
        certificate, key = self.issue("front", "DNS:localhost", "serverAuth")
        return f"CertificateFile={certificate}\nKeyFile={key}\nClientCAFile={self.certificate}\n"
