# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of the zone: each figure as a ratio beside its baseline, measured in the same run.

    tests/bench/run [collection changing single pause visible rest]
"""
import json
import os
import statistics
import sys
import time

sys.dont_write_bytecode = True

from bed import Bed, until  # noqa: E402


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def paired(bed, path, name, rounds=3):
    """Median ratio of requests per second, ours to the file's, measured in turn."""
    ratios, ours, theirs = [], [], []
    for _ in range(rounds):
        theirs.append(bed.wrk(f"https://127.0.0.1:{bed.baseline_port}/{name}"))
        ours.append(bed.wrk(f"https://127.0.0.1:{bed.port}{path}"))
        ratios.append(ours[-1] / theirs[-1])
    return statistics.median(ratios), statistics.median(ours), statistics.median(theirs)


def say(what, ratio, goal, detail):
    print(f"{what:58} {ratio:6.2f}  (goal {goal})  {detail}", flush=True)


def collection(hosts, changes):
    with Bed() as bed:
        bed.start_zone()
        services = hosts * 10
        bed.start_hosts(hosts, 10, services / 100 if changes else 0)
        connection = bed.connect()
        body = bed.get(connection, "/services")[1]
        assert len(json.loads(body)["services"]) == services
        bed.start_baseline({"services": body})
        ratio, ours, theirs = paired(bed, "/services", "services")
        kind = "while 1 % change each second" if changes else "at rest"
        say(f"GET /services, {services} services, {kind} / a file", ratio, ">= 0.8",
            f"{ours:.0f}/s of {len(body) / 1e6:.1f} MB beside {theirs:.0f}/s")


def single():
    with Bed() as bed:
        bed.start_zone()
        bed.start_hosts(100, 10)
        connection = bed.connect()
        first = json.loads(bed.get(connection, "/services")[1])["services"][0]["id"]
        body = bed.get(connection, f"/services/{first}")[1]
        bed.start_baseline({"service": body})
        ratio, ours, theirs = paired(bed, f"/services/{first}", "service")
        say("GET /services/{id} / a file", ratio, ">= 0.5", f"{ours:.0f}/s of {len(body)} B beside {theirs:.0f}/s")


def fsync_floor(folder, rounds=200):
    took = []
    with open(folder / "floor", "wb", buffering=0) as file:
        for _ in range(rounds):
            begin = time.perf_counter()
            file.write(b"x" * 1024)
            os.fsync(file.fileno())
            took.append(time.perf_counter() - begin)
    return statistics.median(took)


def pause():
    """The simulated hosts have no disk and no bus: the floor is two round trips and the zone's fsync."""
    with Bed() as bed:
        bed.start_zone()
        bed.start_hosts(20, 1)
        connection = bed.connect()
        rows = json.loads(bed.get(connection, "/services")[1])["services"]
        trips, took = [], []
        for _ in range(200):
            begin = time.perf_counter()
            bed.get(connection, "/healthz")
            trips.append(time.perf_counter() - begin)
        for number in range(100):
            row = rows[number % len(rows)]
            begin = time.perf_counter()
            connection.request("POST", f"/services/{row['id']}/action",
                               json.dumps({"pause": {"reason": f"round {number}"}}),
                               {"X-Auth-Token": bed.token, "Content-Type": "application/json", "Prefer": "wait=20"})
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - begin)
            assert answer.status == 303, answer.status
        floor = 2 * statistics.median(trips) + fsync_floor(bed.dir)
        say("PAUSE until the host's acknowledgement / its floors", statistics.median(took) / floor, "<= 2",
            f"p50 {statistics.median(took) * 1e3:.2f} ms, p99 {percentile(took, 0.99) * 1e3:.2f} ms, "
            f"floor {floor * 1e3:.2f} ms")


def visible():
    with Bed() as bed:
        bed.start_zone()
        fleet = bed.start_hosts(100, 10)
        connection = bed.connect()
        rows = json.loads(bed.get(connection, "/services?binary=nova-compute")[1])["services"]
        took = []
        for number in range(200):
            row = rows[number % len(rows)]
            before = json.loads(bed.get(connection, f"/services/{row['id']}")[1])["service"]["unit"]["main_pid"]
            fleet.popen.stdin.write(f"change {int(row['host'][3:])} 0\n")
            fleet.popen.stdin.flush()
            line = next(l for l in fleet.popen.stdout if l.startswith("changed"))
            begin = int(line.split()[3]) / 1e9
            until("the change", lambda: json.loads(bed.get(connection, f"/services/{row['id']}")[1])["service"]["unit"]
                  ["main_pid"] != before, 10)
            took.append(time.monotonic() - begin)
        say("a unit's change until GET shows it, p99 / 50 ms", percentile(took, 0.99) / 0.05, "<= 1",
            f"p50 {statistics.median(took) * 1e3:.1f} ms, p99 {percentile(took, 0.99) * 1e3:.1f} ms")


def rest():
    with Bed() as bed:
        bed.start_zone()
        bed.start_hosts(1000, 3)
        processes = {"novazoned": bed.zone, "front": bed.front}
        begin, wall = {k: p.cpu() for k, p in processes.items()}, time.monotonic()
        until("20 s at rest", lambda: time.monotonic() - wall > 20)
        for name, process in processes.items():
            share = (process.cpu() - begin[name]) / (time.monotonic() - wall)
            print(f"zone with 1000 hosts at rest: {name:10} {share:6.3f} cores, {process.pss_mib():6.1f} MiB PSS",
                  flush=True)


BENCHES = {
    "collection": lambda: [collection(100, False), collection(1000, False)],
    "changing": lambda: [collection(100, True), collection(1000, True)],
    "single": single,
    "pause": pause,
    "visible": visible,
    "rest": rest,
}

if __name__ == "__main__":
    for wanted in sys.argv[1:] or BENCHES:
        BENCHES[wanted]()
