# SPDX-License-Identifier: Apache-2.0
"""The nouns of the stories: a lab, its booted hosts, and what a host shows on its bus."""
import json
import os
import pathlib
import select
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAB = ROOT / "packaging" / "lab" / "lab"
PACKAGES = ROOT / "build" / "packages"
BUS_NAME = "org.openstack.NovaHost1"
HOST_PATH = "/org/openstack/NovaHost1"
SERVICE = "org.openstack.NovaHost1.Service"


# What novahostd's entries are told apart by (daemon/message_ids.hpp).
ENTRIES = {"cannot start": "03", "held": "10", "overridden": "12", "expired": "13", "denied": "30",
           "needs authentication": "31", "storage failed": "40", "clock unsynchronised": "43"}


class CommandFailed(AssertionError):
    def __init__(self, command, done):
        super().__init__(f"{' '.join(command)}\nexit {done.returncode}\n{done.stdout}{done.stderr}")
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr


class NoAnswer(AssertionError):
    """A server that is not there now; a failure, but for those who wait for it."""


def wait_until(what, predicate, timeout=30.0):
    """Looks again and again, for facts that nothing announces; returns the first true value."""
    end = time.monotonic() + timeout
    trouble = ""
    while True:
        try:
            value = predicate()
        except NoAnswer as error:
            value, trouble = None, f" ({error})"
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what}{trouble}")
        select.select([], [], [], 0.02)


class Lab:
    """One lab of booted hosts. `down()` stops and removes exactly its own."""

    def __init__(self, name):
        self.name = name
        self.hosts = {}

    def run(self, *args, check=True, timeout=600, text=None):
        command = [str(LAB), *args]
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, input=text,
                              stdin=None if text is not None else subprocess.DEVNULL,
                              env={**os.environ, "NOVA_LAB": self.name})
        if check and done.returncode:
            raise CommandFailed(command, done)
        return done

    def boot(self, name, base="host"):
        self.run("boot", name, "--base", base)
        self.hosts[name] = Host(self, name)
        return self.hosts[name]

    def save(self, directory):
        self.run("save", str(directory), check=False)

    def down(self):
        self.run("down")


class Host:
    """One booted host, commands run in it as root."""

    def __init__(self, lab, name):
        self.lab, self.name = lab, name

    @property
    def address(self):
        return self.lab.run("address", self.name).stdout.strip()

    @property
    def leader(self):
        return self.lab.run("leader", self.name).stdout.strip()

    def execute(self, *command, text=None, timeout=60):
        return self.lab.run("exec", self.name, *command, check=False, timeout=timeout, text=text)

    def run(self, *command, text=None, timeout=60):
        """Its standard output; a failure fails the story with everything the command said."""
        done = self.execute(*command, text=text, timeout=timeout)
        if done.returncode:
            raise CommandFailed(command, done)
        return done.stdout

    def ok(self, *command, timeout=60):
        return self.execute(*command, timeout=timeout).returncode == 0

    def write(self, path, text, mode="0644"):
        self.run("install", "-D", "-m", mode, "/dev/stdin", path, text=text)

    def read(self, path):
        return self.run("cat", path)

    def copy_in(self, source, path, mode="0755"):
        data = pathlib.Path(source).read_bytes()
        command = [str(LAB), "exec", self.name, "install", "-D", "-m", mode, "/dev/stdin", path]
        subprocess.run(command, input=data, check=True, env={**os.environ, "NOVA_LAB": self.lab.name})

    def install_packages(self, *names):
        """Our own packages from build/packages, without a network."""
        files = []
        for name in names:
            for deb in PACKAGES.glob(f"{name}_*.deb"):
                self.copy_in(deb, f"/root/{deb.name}", "0644")
                files.append(f"/root/{deb.name}")
        assert files, f"build/packages has none of {names}: run packaging/build-packages"
        self.run("env", "DEBIAN_FRONTEND=noninteractive", "dpkg", "-i", *files, timeout=120)

    def systemctl(self, *args, timeout=60):
        return self.run("systemctl", *args, timeout=timeout)

    def show(self, unit, *properties):
        out = self.run("systemctl", "show", unit, "-p", ",".join(properties))
        return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)

    def active(self, unit):
        return self.show(unit, "ActiveState")["ActiveState"] == "active"

    def stand_in(self, name, command="/bin/sleep infinity", **unit):
        """A unit with one of Nova's names and a harmless process."""
        extra = "".join(f"{key}={value}\n" for key, value in unit.items())
        self.write(f"/etc/systemd/system/{name}.service",
                   f"[Unit]\nDescription=Stand-in for {name}\n{extra}[Service]\nExecStart={command}\n"
                   "[Install]\nWantedBy=multi-user.target\n")
        self.systemctl("daemon-reload")
        self.systemctl("enable", "--now", f"{name}.service")

    def reboot(self):
        self.lab.run("reboot", self.name)

    def crash(self):
        self.lab.run("crash", self.name)

    def cut(self):
        self.lab.run("cut", self.name)

    def heal(self):
        self.lab.run("heal", self.name)

    def journal(self, *args):
        return self.lab.run("journal", self.name, *args).stdout

    def entry(self, kind):
        """novahostd's last entry of this kind in the journal, with its fields; waits for it."""
        def last():
            text = self.run("journalctl", "-b", "-o", "json", "-n", "1",
                            f"MESSAGE_ID=5b6e2d9c0f1d4d0e9a0b8a4f6a4f1c{ENTRIES[kind]}")
            return json.loads(text) if text.strip() else None
        self.run("journalctl", "--sync")
        return wait_until(f"an entry \"{kind}\"", last)

    # --- what it shows on its bus ---

    def managed_objects(self):
        out = self.run("busctl", "--json=short", "call", BUS_NAME, HOST_PATH, "org.freedesktop.DBus.ObjectManager",
                       "GetManagedObjects")
        return plain(json.loads(out)["data"][0])

    def services(self):
        """Every service's properties, by unit."""
        return {faces[SERVICE]["Unit"]: {**faces[SERVICE], "path": path}
                for path, faces in self.managed_objects().items() if SERVICE in faces}

    def service(self, unit):
        found = self.services()
        assert unit in found, f"{self.name} shows {sorted(found)}, not {unit}"
        return found[unit]

    def call(self, unit, method, signature="", *args, user=None):
        """A method of a service's object, with busctl's arguments; the CompletedProcess."""
        path = self.service(unit)["path"]
        command = ["busctl", "--json=short", "call", BUS_NAME, path, SERVICE, method]
        if signature:
            command += [signature, *args]
        if user:
            command = ["runuser", "-u", user, "--", *command]
        return self.execute(*command)

    def pause(self, unit, reason, *options):
        """PAUSE on the bus; options are (key, type, value) triples."""
        flat = [part for triple in options for part in triple]
        done = self.call(unit, "Pause", "sa{sv}", reason, str(len(options)), *flat)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def resume(self, unit, *options):
        flat = [part for triple in options for part in triple]
        done = self.call(unit, "Resume", "a{sv}", str(len(options)), *flat)
        assert done.returncode == 0, done.stderr
        return done.stdout


def plain(value):
    """busctl's JSON without its variants: {"type": "s", "data": "x"} becomes "x"."""
    if isinstance(value, dict):
        if set(value) == {"type", "data"}:
            return plain(value["data"])
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return value
