# SPDX-License-Identifier: Apache-2.0
"""Benchmarks of the zone: each figure as a ratio beside its baseline, measured in the same run.

    tests/bench/run [collection changing single pause visible rest]
    tests/bench/run smoke       all of them, as small as they go: is the bench itself still whole?
"""
import json
import os
import signal
import statistics
import sys
import time

sys.dont_write_bytecode = True

from bed import Bed, until  # noqa: E402


class Size:
    """How much is measured."""
    rounds, seconds, fleet, services, samples, rest_seconds = 3, 4, 100, 10, 100, 20


class Small(Size):
    rounds, seconds, fleet, services, samples, rest_seconds = 1, 1, 2, 2, 3, 1


size = Size


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def paired(bed, path, name):
    """Median ratio of requests per second, ours to the file's, measured in turn."""
    ratios, ours, theirs = [], [], []
    for _ in range(size.rounds):
        theirs.append(bed.wrk(f"https://127.0.0.1:{bed.baseline_port}/{name}", size.seconds))
        ours.append(bed.wrk(f"https://127.0.0.1:{bed.port}{path}", size.seconds))
        ratios.append(ours[-1] / theirs[-1])
    return statistics.median(ratios), statistics.median(ours), statistics.median(theirs)


def say(what, ratio, goal, detail):
    print(f"{what:62} {ratio:6.2f}  (goal {goal})  {detail}", flush=True)


def collection(hosts, changes):
    with Bed() as bed:
        bed.start_zone()
        services = hosts * size.services
        bed.start_hosts(hosts, size.services, services / 100 if changes else 0)
        connection = bed.connect()
        # A host has joined before readers see it: what is published is paced.
        body = until("all services are shown", lambda: (answer := bed.get(connection, "/services")[1])
                     and len(json.loads(answer)["services"]) == services and answer)
        bed.start_baseline({"services": body})
        ratio, ours, theirs = paired(bed, "/services", "services")
        kind = "while 1 % change each second" if changes else "at rest"
        say(f"GET /services, {services} services, {kind} / a file", ratio, ">= 0.8",
            f"{ours:.0f}/s of {len(body) / 1e6:.1f} MB beside {theirs:.0f}/s")


def single():
    with Bed() as bed:
        bed.start_zone()
        bed.start_hosts(size.fleet, size.services)
        connection = bed.connect()
        first = bed.services(connection)[0]["id"]
        body = bed.get(connection, f"/services/{first}")[1]
        bed.start_baseline({"service": body})
        ratio, ours, theirs = paired(bed, f"/services/{first}", "service")
        say("GET /services/{id} / a file", ratio, ">= 0.5", f"{ours:.0f}/s of {len(body)} B beside {theirs:.0f}/s")


def timed(action):
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def fsync_of(file):
    file.write(b"x" * 1024)
    os.fsync(file.fileno())


def meanwhile(work):
    """A host that has synced 40 times without a pause is held to one sync in 25 ms (daemon/federation/pace.hpp): it is given the
    time that one round of ours costs, as an administrator's next click would, and we measure something else in it."""
    end = time.perf_counter() + 0.2
    while time.perf_counter() < end:
        work()


def act(bed, connection, service, action, arguments):
    """An action whose answer comes once the host has acknowledged it; the seconds that it took."""
    begin = time.perf_counter()
    connection.request("POST", f"/services/{service}/action", json.dumps({action: arguments}),
                       {"X-Auth-Token": bed.token, "Content-Type": "application/json", "Prefer": "wait=20"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    return time.perf_counter() - begin


def pause():
    """With a real host: its fsync and its bus are in the figure, and in the floors."""
    with Bed() as bed:
        bed.start_zone()
        host, service = bed.start_real_host()
        connection = bed.connect()
        took, trips, fsyncs, calls = [], [], [], []
        with open(bed.dir / "floor", "wb", buffering=0) as file:
            def floors():
                trips.append(timed(lambda: bed.get(connection, "/healthz")))
                fsyncs.append(timed(lambda: fsync_of(file)))
                calls.append(timed(host.call))
            for number in range(size.samples):
                took.append(act(bed, connection, service, "pause", {"reason": f"round {number}"}))
                act(bed, connection, service, "resume", {})
                meanwhile(floors)
        trip, fsync, call = map(statistics.median, (trips, fsyncs, calls))
        floor = 2 * trip + 2 * fsync + call
        say("PAUSE until a real host's acknowledgement / its floors", statistics.median(took) / floor, "<= 2",
            f"p50 {statistics.median(took) * 1e3:.2f} ms, p99 {percentile(took, 0.99) * 1e3:.2f} ms; floor "
            f"{floor * 1e3:.2f} ms: 2 round trips of {trip * 1e3:.2f}, 2 fsyncs of {fsync * 1e3:.2f}, a call of "
            f"{call * 1e3:.2f}")


def visible():
    """From the signal of a real host's systemd until GET /services of the whole zone shows it; asked without a pause."""
    with Bed() as bed:
        bed.start_zone()
        bed.start_hosts(size.fleet, size.services)
        host, service = bed.start_real_host()
        connection = bed.connect()
        took = []
        for number in range(2 * size.samples):
            state = ("inactive", "dead") if number % 2 == 0 else ("active", "running")
            etag = unchanged(bed, connection)
            begin = time.perf_counter()
            host.become("nova-compute.service", ActiveState=state[0], SubState=state[1])
            while True:
                answer = bed.ask(connection, "/services", {"If-None-Match": etag})
                body, etag = answer.read(), answer.headers["ETag"]
                now = time.perf_counter()
                if answer.status == 200 and shown(body, service) == state[0]:
                    break
                if now - begin > 10:
                    raise RuntimeError(f"change {number} is not in GET /services within 10 s")
            took.append(now - begin)
            meanwhile(lambda: unchanged(bed, connection))
        say("a unit's change until GET /services shows it, p99 / 50 ms", percentile(took, 0.99) / 0.05, "<= 1",
            f"p50 {statistics.median(took) * 1e3:.1f} ms, p99 {percentile(took, 0.99) * 1e3:.1f} ms, beside "
            f"{size.fleet * size.services} other services")


def unchanged(bed, connection):
    """The ETag of what is there before; with it, answers are short until there is something new."""
    answer = bed.ask(connection, "/services")
    answer.read()
    return answer.headers["ETag"]


def shown(body, service):
    return next(row for row in json.loads(body)["services"] if row["id"] == service)["unit"]["active_state"]


def rest():
    """The baseline is the front: an nginx that takes and answers the very same requests of the hosts, and only that."""
    with Bed() as bed:
        bed.start_zone()
        hosts = 10 * size.fleet
        bed.start_hosts(hosts, 3)
        begin, wall = (bed.zone.cpu(), bed.front.cpu()), time.monotonic()
        until("the time at rest", lambda: time.monotonic() - wall > size.rest_seconds, size.rest_seconds + 60)
        seconds = time.monotonic() - wall
        zone, front = ((process.cpu() - before) / seconds for process, before in zip((bed.zone, bed.front), begin))
        say(f"zone with {hosts} hosts at rest: novazoned's CPU / nginx's", zone / max(front, 1e-3), "<= 1",
            f"{zone:.3f} beside {front:.3f} cores")
        say(f"zone with {hosts} hosts at rest: novazoned's memory / nginx's", bed.zone.pss_mib() / bed.front.pss_mib(),
            "none", f"{bed.zone.pss_mib():.1f} beside {bed.front.pss_mib():.1f} MiB PSS")


BENCHES = {
    "collection": lambda: [collection(size.fleet, False), collection(10 * size.fleet, False)],
    "changing": lambda: [collection(size.fleet, True), collection(10 * size.fleet, True)],
    "single": single,
    "pause": pause,
    "visible": visible,
    "rest": rest,
}

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # so that the bed is cleared
    chosen = sys.argv[1:]
    if chosen == ["smoke"]:
        size, chosen = Small, []
    for wanted in chosen or BENCHES:
        BENCHES[wanted]()
