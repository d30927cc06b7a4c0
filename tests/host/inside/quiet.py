# SPDX-License-Identifier: Apache-2.0
"""Runs on a booted host: what the daemon costs while nothing happens to Nova's units, and what the churn of other
units costs it.

quiet.py --seconds N --jobs N; prints one JSON object of figures. The calls that the daemon makes to
systemd are counted by a monitor on the bus.
"""
import argparse
import contextlib
import json
import pathlib
import subprocess
import threading

import machine

ETC = pathlib.Path("/etc/systemd/system")
SYSTEMD = "org.freedesktop.systemd1"
BATCHES = 10


def bus_says(method, *args):
    out = subprocess.run(["busctl", "--json=short", "call", "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", method, "s", *args], capture_output=True, text=True, check=True)
    return json.loads(out.stdout)["data"][0]


class Monitor:
    """Counts method calls to systemd by sender, from its start until it sees our own last one."""

    def __enter__(self):
        rule = f"type='method_call',destination='{SYSTEMD}'"
        self.process = subprocess.Popen(["busctl", "monitor", "--json=short", "--match", rule], text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert "Monitoring" in self.process.stderr.readline()
        self.calls = []
        return self

    def __exit__(self, *_):
        subprocess.run(["busctl", "call", SYSTEMD, "/", "org.freedesktop.DBus.Peer", "Ping"], check=True)
        for line in self.process.stdout:
            message = json.loads(line)
            if message["member"] == "Ping":
                break
            self.calls.append((message["sender"], message["member"]))
        self.process.terminate()
        self.process.wait()

    def by(self, sender):
        return [member for who, member in self.calls if who == sender]


def cpu(pid):
    """Microseconds of CPU that a process has used, all threads that are still there."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e3


def wakeups(pid):
    lines = [line for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
             for line in (task / "status").read_text().splitlines() if line.startswith("voluntary")]
    return sum(int(line.split()[1]) for line in lines)


def pss(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def churn(jobs):
    for number in range(jobs):
        subprocess.run(["systemctl", "start", f"churn@{number}.service"], check=True)


def at_rest(pid, name, seconds):
    before, used = wakeups(pid), cpu(pid)
    with Monitor() as monitor:
        threading.Event().wait(seconds)
    return {"calls": monitor.by(name), "wakeups_per_second": round((wakeups(pid) - before) / seconds, 2),
            "cpu_us_per_second": round((cpu(pid) - used) / seconds), "pss_kib": pss(pid)}


@contextlib.contextmanager
def listener():
    """systemd's own tool, that hears of the same units and shows them: what hearing of one costs on this machine."""
    process = subprocess.Popen(["busctl", "monitor", "--match", f"type='signal',sender='{SYSTEMD}',member='UnitNew'"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert "Monitoring" in process.stderr.readline()
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def under_churn(pid, name, jobs):
    # The machine's other work can only add to what a job costs, by cold caches: the least of several batches is ours.
    costs, theirs = [], []
    with Monitor() as monitor, listener() as other:
        for _ in range(BATCHES):
            used, others = cpu(pid), cpu(other)
            churn(jobs // BATCHES)
            costs.append((cpu(pid) - used) / (jobs // BATCHES))
            theirs.append((cpu(other) - others) / (jobs // BATCHES))
    return {"jobs": jobs, "calls": monitor.by(name), "cpu_us_per_job": round(min(costs), 1),
            "batches": [round(cost, 1) for cost in costs], "listener_us_per_job": round(min(theirs), 1)}


def cost_of(jobs, *pids):
    before = sum(map(cpu, pids))
    churn(jobs)
    return (sum(map(cpu, pids)) - before) / jobs


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--jobs", type=int, default=300)
    options = options.parse_args()
    machine.come_first()
    (ETC / "churn@.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\n")
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    bus_daemon = bus_says("GetConnectionUnixProcessID", "org.freedesktop.DBus")

    pid = bus_says("GetConnectionUnixProcessID", "org.openstack.NovaHost1")
    name = bus_says("GetNameOwner", "org.openstack.NovaHost1")

    churn(20)  # what is done once only
    figures = {"rest": at_rest(pid, name, options.seconds), "churn": under_churn(pid, name, options.jobs)}
    with_us = cost_of(options.jobs, 1, bus_daemon)
    subprocess.run(["systemctl", "stop", "novahostd.service"], check=True)
    without = cost_of(options.jobs, 1, bus_daemon)
    subprocess.run(["systemctl", "start", "novahostd.service"], check=True)
    # systemd and the bus have more to say when somebody listens: that is our cost too.
    figures["churn"]["systemd_and_bus_us_per_job"] = {"with_us": round(with_us, 1), "without": round(without, 1)}
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
