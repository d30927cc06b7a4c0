# SPDX-License-Identifier: Apache-2.0
"""Runs on a booted host: random rounds of what administrators and packages do to units, and after each round what
the daemon shows against systemctl's own word.

chaos.py --rounds N [--seed N]; prints one JSON object, exits 1 at the first difference.
"""
import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import shlex
import signal
import subprocess
import sys
import threading
import time

import machine
import views

ETC = pathlib.Path("/etc/systemd/system")
# Each stands for a service of its own, but for an alias that is masked: then the daemon shows one and names the other.
OURS = re.compile(r"^(openstack-)?nova-(api|compute|conductor|scheduler|serialproxy)(@[^.]+)?\.service$"
                  r"|^devstack@n-(super-cond|cond-cell1)\.service$|^tripleo_nova_vnc_proxy\.service$")
ALLOWED = 0.100  # seconds from a round's end until both say the same
GIVE_UP = 5.0
SYSTEMD_GIVES_UP = 120  # a process that it lost sight of while it replaced itself has its 90 s to end
# What systemctl is asked for: to list everything would keep systemd busy for longer than the daemon has.
GLOBS = ["*nova-*.service", "devstack@*.service", "tripleo_nova_*.service"]


# What the names stand for.
MEANINGS = [(re.compile(pattern), binary, kind) for pattern, binary, kind in (
    (r"^nova-compute[.@]", "nova-compute", "compute"),
    (r"^(openstack-)?nova-api\.", "nova-api", "api"),
    (r"^nova-scheduler\.", "nova-scheduler", "scheduler"),
    (r"^(openstack-)?nova-conductor\.|^devstack@n-(super-cond|cond-cell1)\.", "nova-conductor", "conductor"),
    (r"^nova-serialproxy\.", "nova-serialproxy", "console-proxy"),
    (r"^tripleo_nova_vnc_proxy\.", "nova-novncproxy", "console-proxy"))]


# --- systemctl's own word ---

def systemctl(*args, check=False):
    """@param check it only asks, and has to be answered; systemd hangs up, in several ways, on who asks while it replaces
    itself, so a question is put up to five times"""
    for _ in range(5 if check else 1):
        done = subprocess.run(["systemctl", *args], capture_output=True, text=True)
        if not check or not done.returncode:
            return done.stdout
    raise RuntimeError(done.stderr)


def rows(*args):
    return [line.split() for line in systemctl(*args, "--plain", "--no-legend", "--no-pager", check=True).splitlines()]


def shown(unit):
    names = ("Id,Names,LoadState,ActiveState,SubState,UnitFileState,FreezerState,Result,InvocationID,MainPID,NRestarts,"
             "StateChangeTimestamp")
    out = systemctl("show", unit, "-p", names, "--timestamp=us", check=True)
    return dict(line.split("=", 1) for line in out.splitlines() if "=" in line)


def moment(text):
    """Seconds of the epoch of systemctl's timestamp, 0 where there is none."""
    if not text:
        return 0.0
    date, clock = text.split()[1:3]
    whole, micros = clock.split(".")
    return time.mktime(time.strptime(f"{date} {whole}", "%Y-%m-%d %H:%M:%S")) + int(micros) / 1e6


def meaning(name):
    return next({"binary": binary, "kind": kind} for pattern, binary, kind in MEANINGS if pattern.match(name))


def truth():
    """{unit: facts}, and when systemd last changed one of them."""
    files = {row[0]: row[1] for row in rows("list-unit-files", *GLOBS) if OURS.match(row[0]) and "@." not in row[0]}
    listed = {row[0]: row for row in rows("list-units", "--all", *GLOBS) if OURS.match(row[0])}
    units, last = {}, 0.0
    for name in listed:
        s = shown(name)
        if s["LoadState"] == "not-found" and s["ActiveState"] == "inactive" and name not in files:
            continue
        last = max(last, moment(s["StateChangeTimestamp"]))
        units[name] = {**meaning(name), "load_state": s["LoadState"], "active_state": s["ActiveState"], "sub_state": s["SubState"],
                       "unit_file_state": files.get(name, s["UnitFileState"]), "freezer_state": s["FreezerState"],
                       "result": s["Result"], "invocation_id": s["InvocationID"], "main_pid": int(s["MainPID"]),
                       "restarts": int(s["NRestarts"]), "aliases": sorted(set(shlex.split(s["Names"])) - {s["Id"]})}
    for name, state in files.items():
        if state != "alias" and name not in listed:
            units[name] = {**meaning(name), "load_state": "not-loaded", "active_state": "inactive", "sub_state": "dead",
                           "unit_file_state": state, "freezer_state": "running", "result": "success",
                           "invocation_id": "", "main_pid": 0, "restarts": 0, "aliases": aliases_on_disk(name, files)}
    return units, last


def aliases_on_disk(name, files):
    return sorted(alias for alias, state in files.items() if state == "alias"
                  and pathlib.Path(os.path.realpath(ETC / alias)).name == name)


# --- what happens to units ---

def unit_text(command="/bin/sleep infinity", service="", install=""):
    return f"[Unit]\nDescription=Stand-in\n[Service]\nExecStart={command}\n{service}[Install]\nWantedBy=multi-user.target\n{install}"


KINDS = {
    "plain": unit_text(),
    "failing": unit_text("/bin/false"),
    "restarting": unit_text(service="Restart=always\nRestartSec=10ms\nStartLimitIntervalSec=0\n"),
    "oneshot": unit_text("/bin/true", "Type=oneshot\n"),
    "lasting": unit_text("/bin/true", "Type=oneshot\nRemainAfterExit=yes\n"),
    "stubborn": unit_text("/bin/sh -c 'trap \"\" TERM; sleep infinity & wait; wait'", "TimeoutStopSec=200ms\n"),
}
FILES = ["nova-compute.service", "nova-api.service", "nova-scheduler.service", "openstack-nova-conductor.service",
         "tripleo_nova_vnc_proxy.service", "nova-serialproxy.service"]
TEMPLATES = ["nova-compute@.service", "devstack@.service"]
INSTANCES = ["nova-compute@ironic.service", "nova-compute@rack\\x2d2.service", "devstack@n-super-cond.service",
             "devstack@n-cond-cell1.service"]
ALIASES = {"nova-conductor.service": "openstack-nova-conductor.service",
           "openstack-nova-api.service": "nova-api.service"}
FOREIGN = "elsewhere.service"
SLOW = pathlib.Path("/etc/systemd/system-generators/slow")


class Disturber:
    def __init__(self, dice):
        self.dice = dice
        (ETC / FOREIGN).write_text(unit_text("/bin/true"))
        # A reading of all files takes as long as the slowest generator: time for something to happen.
        SLOW.parent.mkdir(exist_ok=True)
        SLOW.write_text("#!/bin/sh\nexec sleep 0.1\n")
        SLOW.chmod(0o755)
        for name in FILES + TEMPLATES:
            (ETC / name).write_text(KINDS["plain"])
        systemctl("daemon-reload")

    def unit(self):
        return self.dice.choice(FILES + INSTANCES)

    def verb(self, *words):
        return lambda: systemctl(*words, self.unit())

    def add(self):
        name = self.dice.choice(FILES + TEMPLATES)
        if not (ETC / name).is_symlink():  # a masked one
            (ETC / name).write_text(self.dice.choice(list(KINDS.values())))
        self.reload_perhaps()

    def remove(self):
        (ETC / self.dice.choice(FILES)).unlink(missing_ok=True)
        systemctl("daemon-reload")

    def reload_perhaps(self):
        # A file that is copied in by hand is told of when its unit is loaded anew: by a reload, or by its start.
        systemctl("daemon-reload")

    def alias(self):
        alias, target = self.dice.choice(list(ALIASES.items()))
        link = ETC / alias
        if link.is_symlink():
            link.unlink()
        elif not link.exists():
            link.symlink_to(ETC / target)
        systemctl("daemon-reload")

    def wants(self):
        """Another unit that refers to one of ours, installed or not."""
        drop_in = ETC / "elsewhere.service.d" / "10-wants.conf"
        drop_in.parent.mkdir(exist_ok=True)
        drop_in.write_text(f"[Unit]\nAfter={self.unit()}\n")
        systemctl("daemon-reload")
        systemctl("start", FOREIGN)

    def loop(self):
        """A unit that is killed several times while it restarts itself."""
        unit = self.dice.choice(FILES[:3])
        if (ETC / unit).is_symlink():
            return
        (ETC / unit).write_text(KINDS["restarting"])
        systemctl("daemon-reload")
        systemctl("restart", unit)
        for _ in range(5):
            systemctl("kill", "-s", "KILL", unit)

    def by_hand(self):
        """A file that is copied in, and started without a reload."""
        unit = self.dice.choice(FILES)
        if (ETC / unit).is_symlink():
            return
        systemctl("thaw", unit)
        systemctl("stop", unit)
        systemctl("reset-failed", unit)
        (ETC / unit).unlink(missing_ok=True)
        systemctl("daemon-reload")
        (ETC / unit).write_text(KINDS[self.dice.choice(["plain", "lasting"])])
        systemctl("start", unit)

    def during(self, deed):
        """What happens while systemd reads everything again, or replaces itself."""
        reading = subprocess.Popen(["systemctl", deed], stderr=subprocess.DEVNULL)
        for _ in range(3):
            self.dice.choice([self.verb("start"), self.verb("stop"), self.verb("restart"), self.write, self.kill])()
        reading.wait()
        # A file that came too late for that reading is none that it tells of.
        systemctl("daemon-reload")

    def write(self):
        name = self.dice.choice(FILES)
        if not (ETC / name).is_symlink():
            (ETC / name).write_text(self.dice.choice(list(KINDS.values())))

    def kill(self):
        """Without systemd, which only hears of it."""
        pid = int(shown(self.dice.choice(FILES))["MainPID"])
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def reset_failed(self):
        # Of a unit that has not failed systemd forgets the number of restarts without telling anybody.
        failed = [row[0] for row in rows("list-units", "--failed", *GLOBS)]
        if failed:
            systemctl("reset-failed", self.dice.choice(failed))

    def several(self):
        for _ in range(4):
            self.dice.choice([self.verb("start"), self.verb("stop"), self.verb("restart")])()

    def deeds(self):
        v = self.verb
        often = {"start": v("start"), "stop": v("stop"), "restart": v("restart"), "kill": v("kill", "-s", "KILL"),
                 "freeze": v("freeze"), "thaw": v("thaw"), "mask": v("mask"), "mask --runtime": v("mask", "--runtime"),
                 "unmask": v("unmask"), "unmask --runtime": v("unmask", "--runtime"), "enable": v("enable"),
                 "disable": v("disable"), "enable --now": v("enable", "--now"), "stop --now": v("disable", "--now"),
                 "start --no-block": v("start", "--no-block"), "restart --no-block": v("restart", "--no-block"),
                 "reset-failed": self.reset_failed, "show": v("show"), "add": self.add, "remove": self.remove,
                 "alias": self.alias, "wants": self.wants, "loop": self.loop, "several": self.several,
                 "by hand": self.by_hand, "during daemon-reload": lambda: self.during("daemon-reload"),
                 "daemon-reload": lambda: systemctl("daemon-reload")}
        seldom = {"daemon-reexec": lambda: systemctl("daemon-reexec"),
                  "during daemon-reexec": lambda: self.during("daemon-reexec"),
                  "dbus restart": lambda: systemctl("restart", "dbus.service")}
        return often, seldom

    def deed(self):
        often, seldom = self.deeds()
        pool = seldom if self.dice.random() < 0.06 else often
        return self.dice.choice(list(pool.items()))


# --- the comparison ---

def rests(name, facts):
    """An instance that has run and was forgotten by systemd: systemctl names it no more, but it can be started."""
    return (name in INSTANCES and facts.get("load_state") == "not-loaded" and facts["active_state"] == "inactive"
            and (ETC / f"{name.split('@')[0]}@.service").exists())


def differences(ours, theirs):
    lines = [f"only {who}: {name}" for name in sorted(ours.keys() ^ theirs.keys())
             for who in ["the daemon" if name in ours else "systemctl"] if not rests(name, ours.get(name, {}))]
    for name in sorted(ours.keys() & theirs.keys()):
        lines += [f"{name} {key}: the daemon says {ours[name].get(key)!r}, systemctl {value!r}"
                  for key, value in theirs[name].items() if ours[name] and ours[name].get(key) != value]
    return lines


def settled_truth():
    """systemctl's word once it says the same twice; a unit may still be on its way when a command returns."""
    end = time.time() + SYSTEMD_GIVES_UP
    before, last = truth()
    while time.time() < end:
        now, last = truth()
        on_the_way = {name: u["active_state"] for name, u in now.items()
                      if u["active_state"] in ("activating", "deactivating")}
        if now == before and not on_the_way:
            return now, last
        before = now
    raise RuntimeError(f"systemd does not come to rest: {on_the_way}")


def latency(view, ended):
    """Seconds from the end of the round, or systemd's last change, or our return to the bus, until both agree."""
    # systemctl's questions would compete with the daemon's: they come after the time that the daemon has.
    threading.Event().wait(ALLOWED)
    word, changed = settled_truth()
    deadline = time.time() + GIVE_UP
    while True:
        agreed = view.since_when(lambda units: not differences(units, word))
        if agreed is not None:
            return max(0.0, agreed - max(ended, changed, view.back_since))
        if time.time() > deadline:
            current = view.current()
            again, _ = settled_truth()
            if again != word:
                word, deadline = again, time.time() + GIVE_UP
                continue
            raise AssertionError("; ".join(differences(current or {}, word)) or "the daemon shows nothing")
        view.wait()


def lately(view):
    now = time.time()
    return [f"{(when - now) * 1000:.0f} ms: {what}" for when, what in view.story]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--seed", type=int, default=random.randrange(2**32))
    options.add_argument("--allowed", type=float, default=ALLOWED, help="seconds; more on a machine that is busy otherwise")
    options = options.parse_args()
    os.environ["TZ"] = "UTC"
    time.tzset()
    machine.come_first()
    disturber = Disturber(random.Random(options.seed))
    view = views.Bus()
    worst, counts, all_latencies = [], collections.Counter(), []
    failure, deed = None, None
    try:
        latency(view, time.time())
        for number in range(options.rounds):
            deed, act = disturber.deed()
            act()
            took = latency(view, time.time())
            counts[deed] += 1
            all_latencies.append(took)
            worst = sorted([*worst, (round(took * 1000, 1), deed)], reverse=True)[:5]
            if took > options.allowed:
                raise AssertionError(f"equal only after {took * 1000:.0f} ms; lately: {lately(view)}")
    except (AssertionError, RuntimeError) as error:
        failure = f"round {len(all_latencies)} ({deed}): {error}"
    finally:
        view.close()
    all_latencies.sort()
    print(json.dumps({"rounds": len(all_latencies), "seed": options.seed, "failure": failure, "worst_ms": worst,
                      "median_ms": round(1000 * all_latencies[len(all_latencies) // 2], 1) if all_latencies else None,
                      "deeds": counts}))
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
