# SPDX-License-Identifier: Apache-2.0
"""A zone on loopback for benchmarks: the real novazoned behind its real front, simulated hosts with certificates, a real
novahostd on a bus of its own, and an nginx that serves files as the baseline."""
import http.client
import importlib.util
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("NOVA_BUILD", ROOT / "build" / "bench"))
os.environ["NOVAHOSTD"] = str(BUILD / "daemon" / "novahostd")
FLEET_SPACE = uuid.UUID("5a1c9b7e-4013-4c2d-8f66-d0a102397c54")


def openssl(*args, text=None):
    subprocess.run(["openssl", *args], check=True, capture_output=True, text=True, input=text)


def until(what, predicate, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        select.select([], [], [], 0.02)
    raise RuntimeError(f"not within {seconds} s: {what}")


def load_bus_nouns():
    """The private bus with its fake systemd and polkit, of the stories in tests/bus."""
    spec = importlib.util.spec_from_file_location("bus_nouns", ROOT / "tests/bus/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bus = load_bus_nouns()

from ports import free_ports  # noqa: E402


class RealHost(bus.System):
    """A real novahostd with its store on this machine's disk, in the zone of a bed; only its systemd and polkit are made up."""

    def __init__(self, bed, name):
        self.bed, self.name = bed, name
        super().__init__()
        bed.hosts.append(self)

    def start(self, *arguments):
        (self.folder / "novahostd.conf").write_text(f"[Host]\nNovaHost={self.name}\n")
        super().start(*arguments)  # it draws its id, which its certificate tells
        folder = self.bed.make_certificate(self.name, (self.folder / "state" / "host-id").read_text().strip())
        with open(self.folder / "novahostd.conf", "a", encoding="utf-8") as file:
            file.write(f"[Zone]\nURL=https://127.0.0.1:{self.bed.port}\nCAFile={self.bed.ca}\n"
                       f"CertificateFile={folder}/{self.name}.crt\nKeyFile={folder}/{self.name}.key\n")
        self.kill(signal.SIGTERM)
        super().start(*arguments)

    def become(self, unit, **facts):
        """A change of a unit, told by its systemd."""
        self.control.Become(unit, bus.options(**facts))

    def call(self):
        """The cheapest call of novahostd."""
        self.bus.get_object(bus.NAME, bus.HOST, introspect=False).Ping(dbus_interface="org.freedesktop.DBus.Peer")


class Process:
    """One process of ours and its children, with their CPU and memory."""

    def __init__(self, command, **kwargs):
        self.popen = subprocess.Popen(command, **kwargs)

    def pids(self):
        children = pathlib.Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text().split()
        return [self.popen.pid, *map(int, children)]

    def cpu(self):
        ticks = 0
        for pid in self.pids():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def pss_mib(self):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total / 1024

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(20)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()


class Bed:
    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="nova-bench-"))
        self.port, self.baseline_port, self.backend, _ = free_ports(4)
        self.processes, self.hosts = [], []
        self.log = open(self.dir / "log", "w", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.close()
        for process in reversed(self.processes):
            process.stop()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, command, **kwargs):
        process = Process(command, stderr=self.log, **kwargs)
        self.processes.append(process)
        return process

    # --- the zone ---

    def make_hosts_ca(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", "/CN=bench hosts", "-keyout", f"{self.dir}/hosts-ca.key", "-out", f"{self.dir}/hosts-ca.crt")

    def start_zone(self):
        self.make_hosts_ca()
        for name in ("state", "run"):
            (self.dir / name).mkdir()
        config = self.dir / "novazoned.conf"
        config.write_text(f"[Zone]\nName=bench\nStateDirectory={self.dir}/state\nRuntimeDirectory={self.dir}/run\n"
                          f"[Front]\nAddress=127.0.0.1\nPort={self.port}\nBackendPort={self.backend}\n"
                          f"Names=localhost 127.0.0.1\nClientCAFile={self.dir}/hosts-ca.crt\n")
        self.novazoned = [str(BUILD / "rest" / "novazoned"), "--config", str(config)]
        self.zone = self.start(self.novazoned, stdout=self.log)
        nginx_conf = self.dir / "run" / "front" / "nginx.conf"
        until("novazoned wrote the front's configuration", nginx_conf.exists)
        self.front = self.start(["nginx", "-c", str(nginx_conf), "-e", "stderr"], stdout=self.log)
        self.ca = self.dir / "run" / "ca.crt"
        until("the CA", self.ca.exists)
        done = subprocess.run([*self.novazoned, "--create-token", "bench", "--role", "admin"], check=True,
                              capture_output=True, text=True)
        self.token = done.stdout.split()[-1]
        until("the zone answers", lambda: self.try_get("/healthz") == 200)

    def connect(self):
        context = ssl.create_default_context(cafile=str(self.ca))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=context, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def try_get(self, path):
        try:
            return self.get(self.connect(), path)[0]
        except OSError:
            return None

    def get(self, connection, path, headers=None):
        answer = self.ask(connection, path, headers)
        return answer.status, answer.read()

    def ask(self, connection, path, headers=None):
        connection.request("GET", path, headers={"X-Auth-Token": self.token, **(headers or {})})
        return connection.getresponse()

    def services(self, connection, query=""):
        return json.loads(self.get(connection, "/services" + query)[1])["services"]

    # --- its hosts ---

    def make_certificate(self, name, host_id):
        folder = self.dir / "certificates"
        folder.mkdir(exist_ok=True)
        if not (folder / "key").exists():
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{folder}/key")
        san = f"subjectAltName=DNS:{name},URI:urn:uuid:{host_id}\nextendedKeyUsage=clientAuth\n"
        (folder / "extensions").write_text(san)
        openssl("req", "-new", "-key", f"{folder}/key", "-subj", f"/CN={name}", "-out", f"{folder}/csr")
        openssl("x509", "-req", "-in", f"{folder}/csr", "-CA", f"{self.dir}/hosts-ca.crt", "-CAkey",
                f"{self.dir}/hosts-ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{folder}/extensions",
                "-out", f"{folder}/{name}.crt")
        shutil.copy(folder / "key", folder / f"{name}.key")
        return folder

    def start_hosts(self, hosts, services, changes=0.0):
        for number in range(hosts):
            name = f"sim{number:05}"
            folder = self.make_certificate(name, uuid.uuid5(FLEET_SPACE, name))
        command = [str(BUILD / "tests" / "support" / "simulator" / "host_simulator"), "--url",
                   f"https://127.0.0.1:{self.port}", "--ca", str(self.ca), "--certificates", str(folder), "--hosts",
                   str(hosts), "--services", str(services), "--changes", str(changes)]
        fleet = self.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        # It says how it goes each second, until all have joined.
        end, line = time.monotonic() + 60 + hosts / 20, ""
        for line in fleet.popen.stdout:
            if line.strip() == "joined":
                return fleet
            if time.monotonic() > end:
                break
        raise RuntimeError(f"the hosts did not join: {line.strip()}")

    def start_real_host(self, name="real"):
        """Its nova-compute's id, once the zone shows it up."""
        host = RealHost(self, name)
        connection = self.connect()
        try:
            row = until(f"{name} in the zone", lambda: next(
                (s for s in self.services(connection, f"?host={name}&binary=nova-compute") if s["state"] == "up"), None))
        except RuntimeError as error:
            raise RuntimeError(f"{error}; it says: {host.text()[-500:]}") from error
        return host, row["id"]

    # --- the baseline ---

    def start_baseline(self, files):
        """An nginx with the same TLS that serves these bytes as files."""
        root = self.dir / "baseline"
        root.mkdir()
        for name, body in files.items():
            (root / name).write_bytes(body)
        front = self.dir / "run" / "front"
        (self.dir / "baseline.conf").write_text(f"""
daemon off; pid {self.dir}/baseline.pid; worker_processes auto; error_log stderr warn;
{"user root;" if os.getuid() == 0 else ""}
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; default_type application/json;
  ssl_certificate {front}/tls/server.crt; ssl_certificate_key {front}/tls/server.key;
  server {{ listen 127.0.0.1:{self.baseline_port} ssl; root {root}; }}
}}
""")
        baseline = self.start(["nginx", "-c", str(self.dir / "baseline.conf"), "-e", "stderr"], stdout=self.log)
        until("the baseline answers", lambda: self.listens(self.baseline_port))
        return baseline

    @staticmethod
    def listens(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def wrk(self, url, seconds=4, connections=8):
        """Requests per second, read with one thread."""
        done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-H", f"X-Auth-Token: {self.token}",
                               url], check=True, capture_output=True, text=True)
        if "Non-2xx" in done.stdout:
            raise RuntimeError(done.stdout)
        return float([line.split()[1] for line in done.stdout.splitlines() if "Requests/sec" in line][0])
