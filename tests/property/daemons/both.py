# SPDX-License-Identifier: Apache-2.0
"""novahostd and novazoned as processes with their real stores, and what is in these stores."""
import importlib.util
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
import uuid

from relay import Relay

ROOT = pathlib.Path(__file__).resolve().parents[3]
NOVAZONED = os.environ.get("NOVAZONED", str(ROOT / "build/ci/rest/novazoned"))


def load_bus_nouns():
    """The private bus with its fake systemd and polkit, of the stories in tests/bus."""
    spec = importlib.util.spec_from_file_location("bus_nouns", ROOT / "tests/bus/conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bus = load_bus_nouns()

from ports import free_ports  # noqa: E402


def until(what, predicate, seconds=60):
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        select.select([], [], [], 0.02)


def link_of(id):
    """The chain of a hold's id and its place there (model/hold_chain.hpp): a later link ends the earlier ones."""
    bytes = uuid.UUID(id).bytes
    return bytes[:6] + bytes[7:10], int.from_bytes(bytes[10:], "big") if bytes[6] >> 4 == 8 else 0


class Records:
    """The holds and releases of a store: ids to what tells them apart."""

    def __init__(self, holds, releases):
        self.holds, self.releases = holds, releases
        self.last_links = {}
        for chain, link in map(link_of, holds):
            self.last_links[chain] = max(link, self.last_links.get(chain, 0))

    def is_over(self, id):
        """Whether a later link of its chain is there."""
        chain, link = link_of(id)
        return self.last_links.get(chain, -1) > link

    def has(self, id):
        return id in self.holds or self.is_over(id)

    def has_release(self, id):
        return id in self.releases or self.is_over(id)

    def __eq__(self, other):
        return self.holds == other.holds and self.releases == other.releases

    def in_force(self):
        return {id for id in self.holds if id not in self.releases}


class Host(bus.System):
    def __init__(self, url):
        self.url = url
        super().__init__()

    def start(self, *arguments):
        (self.folder / "novahostd.conf").write_text(f"[Host]\nNovaHost=compute1\n[Zone]\nURL={self.url}\n")
        super().start(*arguments)

    def call(self, method, *arguments):
        """A call that may die with the daemon; the process that makes it."""
        return subprocess.Popen(["busctl", f"--address={self.address}", "--json=short", "call", bus.NAME, bus.COMPUTE,
                                 bus.SERVICE, method, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def forget_holds(self):
        """While it is dead: begins with no holds, as an administrator would who has no backup."""
        self.file.unlink(missing_ok=True)
        subprocess.run([bus.NOVAHOSTD, "--config", str(self.folder / "novahostd.conf"), "--forget-holds"],
                       env=self.environment, check=True, capture_output=True)

    @property
    def file(self):
        return self.folder / "state" / "holds.json"

    def records(self):
        saved = json.loads(self.file.read_text()) if self.file.exists() else {"holds": {"adds": [], "releases": []}}
        return Records({h["id"]: (h["owner"], h["door"], h["reason"]) for h in saved["holds"]["adds"]},
                       {r["hold"]: r["message"] for r in saved["holds"]["releases"]})

    def shown(self):
        return {str(hold["id"]) for hold in self.get("Holds")}

    def jobs(self):
        """How many jobs its systemd was asked for."""
        return sum(str(call).startswith("restart ") for call in self.control.Calls())


class Zone:
    def __init__(self, folder):
        self.folder = folder
        self.port, _ = free_ports(2)
        self.daemon = None
        for name in ("state", "run"):
            (folder / name).mkdir()
        (folder / "novazoned.conf").write_text(
            f"[Zone]\nName=south\nStateDirectory={folder}/state\nRuntimeDirectory={folder}/run\n"
            f"[Front]\nMode=none\nAnonymous=yes\nBackendPort={self.port}\n")
        self.start()

    def command(self, *arguments):
        return [NOVAZONED, "--config", str(self.folder / "novazoned.conf"), *arguments]

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.daemon = subprocess.Popen(self.command(), stderr=log, stdout=log)
        until("the zone answers", self.answers)

    def answers(self):
        assert self.daemon.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1):
                return True
        except OSError:
            return False

    def kill(self, how=signal.SIGKILL):
        self.daemon.send_signal(how)
        return self.daemon.wait(20)

    def backup(self, file):
        file.unlink(missing_ok=True)
        subprocess.run(self.command("--backup", str(file)), check=True, capture_output=True)

    def replace_database(self, file):
        """While it is dead. No file: the database is lost."""
        for part in ("zone.db", "zone.db-wal", "zone.db-shm"):
            (self.folder / "state" / part).unlink(missing_ok=True)
        if file:
            shutil.copy(file, self.folder / "state" / "zone.db")

    def ask(self, method, path, body=None):
        """Status and answer; nothing where the zone died over it."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")
        except OSError:
            return None, None

    def records(self):
        with sqlite3.connect(f"file:{self.folder}/state/zone.db?mode=ro", uri=True) as store:
            holds = store.execute("SELECT id, owner, door, reason FROM holds WHERE pruned IS NULL").fetchall()
            releases = store.execute("SELECT hold, message FROM releases WHERE pruned IS NULL").fetchall()
        store.close()
        return Records({str(uuid.UUID(bytes=i)): (owner, door, reason) for i, owner, door, reason in holds},
                       {str(uuid.UUID(bytes=i)): message for i, message in releases})

    def outcome(self, service, action):
        """How an action ended; nothing where the zone does not know it (any more)."""
        status, answer = self.ask("GET", f"/services/{service}/actions/{action}")
        return answer["action"]["outcome"] if status == 200 else None

    def compute(self):
        """The row of nova-compute, or nothing while the host has not joined."""
        status, answer = self.ask("GET", "/services?binary=nova-compute")
        return answer["services"][0] if status == 200 and answer["services"] else None

    def shown(self):
        """The ids of its holds, or nothing while the host has not joined."""
        row = self.compute()
        return row and {hold["id"] for hold in row["holds"]}

    def close(self):
        if self.daemon.poll() is None:
            self.daemon.kill()
            self.daemon.wait()


class Both:
    """A host and its zone with the network between them."""

    def __init__(self, folder):
        self.folder = folder
        self.zone = Zone(folder)
        self.relay = Relay(self.zone.port)
        self.host = Host(f"http://127.0.0.1:{self.relay.port}")

    def close(self):
        self.host.close()
        self.relay.close()
        self.zone.close()
