# SPDX-License-Identifier: Apache-2.0
"""The REST API as a client meets it: conditions, pages, methods, the paths of 2011, and a planned stop."""
import concurrent.futures
import time

import pytest
from lab import wait_until


def test_an_unchanged_collection_is_not_sent_again(zone):
    answer = zone.api.get("/services")
    tag = answer.headers["ETag"]
    assert zone.api.get("/services", headers={"If-None-Match": tag}).status == 304
    zone.api.act(zone.api.service(zone.computes[0].name), "pause", {"reason": "another state"})
    changed = zone.api.get("/services", headers={"If-None-Match": tag})
    assert changed.status == 200 and changed.headers["ETag"] != tag


def test_pages_hold_every_service_once(zone):
    whole = [service["id"] for service in zone.api.services()]
    path, paged = "/services?limit=2", []
    while path:
        answer = zone.api.get(path).json
        assert len(answer["services"]) <= 2
        paged += [service["id"] for service in answer["services"]]
        path = next((link["href"] for link in answer.get("services_links", [])), None)
    assert paged == whole


def test_what_a_resource_does_not_know_is_405_with_allow(zone):
    service = zone.api.service(zone.computes[0].name)
    for method, path, allow in (("PUT", "/services", "GET, HEAD"), ("DELETE", f"/services/{service['id']}", "GET, HEAD"),
                                ("PATCH", f"/services/{service['id']}/actions", "GET, HEAD, POST"),
                                ("TRACE", "/services", "GET, HEAD, POST, DELETE")):
        answer = zone.api.request(method, path)
        assert (answer.status, answer.headers["Allow"]) == (405, allow), (method, path, answer)
        assert answer.json["badMethod"]["code"] == 405


def test_the_paths_of_2011_and_the_description(zone):
    assert zone.api.get("/v1.1/services").json == zone.api.get("/v1.1/17/services").json == zone.api.get("/services").json
    description = zone.api.get("/openapi.yaml")
    assert description.status == 200 and description.body.startswith(b"openapi: 3.")


BELL = """
ask() {{ curl -s --cacert /etc/novahost/zone-ca.crt --cert /var/lib/novahost/pki/host.crt \
  --key /var/lib/novahost/pki/host.key "$@" "https://controller:8790/federation/v1/doorbell?wait=50&revision=$n"; }}
for n in $(seq 0 500); do ask -m 1 -o /dev/null; [ $? = 28 ] && break; done
ask --trace-ascii {trace} -w ' %{{http_code}}'
"""


def park_doorbell(host, pool):
    """A doorbell of this host, parked: its future answer, body and status. Of one host the zone keeps one only."""
    host.systemctl("stop", "novahostd")
    trace = "/root/bell"
    host.execute("rm", "-f", trace)
    bell = pool.submit(host.execute, "sh", "-c", BELL.format(trace=trace), timeout=120)
    wait_until("the doorbell is parked", lambda: "GET /federation/v1/doorbell" in host.execute("cat", trace).stdout)
    return bell


def park_pause(zone, service, reason, pool):
    """A PAUSE of a host that cannot confirm it, waited for: its future answer."""
    waiting = pool.submit(zone.api.post, f"/services/{service['id']}/action", {"pause": {"reason": reason}},
                          headers={"Prefer": "wait=50"}, timeout=60)
    history = f"/services/{service['id']}/actions"
    wait_until("the pause is accepted", lambda: [a for a in zone.api.get(history).json["actions"] if a["reason"] == reason])
    return waiting


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_a_planned_stop_answers_who_waits_and_is_quick(zone, verb):
    away, host = zone.computes
    service = zone.api.service(away.name)
    zone.lab.run("freeze", away.name)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = park_pause(zone, service, f"a {verb}", pool)
        bell = park_doorbell(host, pool)
        begun = time.monotonic()
        zone.controller.systemctl(verb, "novazoned.service")
        took = time.monotonic() - begun
        answer = waiting.result(timeout=10)
        assert answer.status == 303, answer
        rung = bell.result(timeout=10)
    assert rung.returncode == 0 and rung.stdout.endswith(" 503") and "stopping" in rung.stdout, rung
    assert took < (3 if verb == "stop" else 6), f"it took {took:.1f} s"
    results = [zone.controller.show(unit, "Result")["Result"] for unit in ("novazoned", "novazoned-front")]
    assert results == ["success", "success"], results
    zone.controller.systemctl("start", "novazoned.service")
    wait_until("the zone answers", lambda: zone.api.get("/healthz").status == 200)
    record = wait_until("the record", lambda: zone.api.get(answer.headers["Location"]))
    assert record.status == 200 and record.json["action"]["reason"] == f"a {verb}", "what was accepted is kept"
    host.systemctl("start", "novahostd")
    wait_until(f"{host.name} is heard", lambda: zone.api.service(host.name)["state"] == "up")


def test_a_failed_front_is_started_again_however_often(zone):
    for _ in range(7):
        pid = zone.controller.show("novazoned-front.service", "MainPID")["MainPID"]
        zone.controller.systemctl("kill", "-s", "SIGKILL", "novazoned-front.service")
        wait_until("the front is back", lambda: zone.controller.active("novazoned-front.service") and
                   zone.controller.show("novazoned-front.service", "MainPID")["MainPID"] not in ("0", pid))
    wait_until("the zone answers", lambda: zone.api.get("/healthz").status == 200)
