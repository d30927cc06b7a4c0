# SPDX-License-Identifier: Apache-2.0
"""Who may do what, at the zone's doors."""
import json
import subprocess

import pytest
from lab import wait_until


@pytest.mark.parametrize("token", [None, "", "rubbish", "é" * 10])
def test_without_a_valid_token_nothing_is_told(zone, token):
    headers = {"X-Auth-Token": token.encode().decode("latin-1") if token is not None else None}
    answer = zone.api.get("/services", headers=headers)
    assert answer.status == 401, answer
    assert "unauthorized" in answer.json or "error" in answer.json


def test_roles_and_their_limits(zone):
    service = zone.api.service(zone.computes[0].name)
    path = f"/services/{service['id']}/action"
    reader, operator = zone.as_role("reader"), zone.as_role("operator")
    assert reader.get("/services").status == 200
    assert reader.post(path, {"pause": {"reason": "no"}}).status == 403
    assert operator.post(path, {"stop": {}}).status == 403
    assert operator.post(path, {"pause": {"reason": "may"}}).status in (202, 303)
    denied = wait_until("the denials are in the journal",
                        lambda: zone.controller.journal("-u", "novazoned", "-o", "json", "-g", "story-reader"))
    assert any("MESSAGE_ID" in json.loads(line) for line in denied.splitlines() if line.startswith("{"))


def test_a_revoked_token_ends_at_once(zone):
    token = zone.new_token("reader", "story-short-lived")
    assert zone.api.get("/services", headers={"X-Auth-Token": token}).status == 200
    zone.controller.run("novazoned", "--revoke-token", "story-short-lived")
    wait_until("it is refused", lambda: zone.api.get("/services", headers={"X-Auth-Token": token}).status == 401, 5)


def denials(zone, word):
    """The journal's entries of refused requests that hold this word."""
    text = zone.controller.journal("-u", "novazoned", "-o", "json", "-g", word)
    entries = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [entry for entry in entries if "NOVA_REMOTE" in entry]


@pytest.mark.parametrize("port", [8791, 8792])
def test_the_backend_answers_only_the_front(zone, port):
    done = zone.controller.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "OPTIONS",
                               "-H", f"X-Auth-Token: {zone.tokens['admin']}", f"http://127.0.0.1:{port}/services")
    assert done == "403", done
    noted = wait_until("the attempt is in the journal", lambda: denials(zone, "answers the zone's front only"))
    assert (noted[-1]["NOVA_REMOTE"], noted[-1]["NOVA_METHOD"]) == ("127.0.0.1", "OPTIONS")
    assert not zone.computes[0].ok("curl", "-s", "--max-time", "3", f"http://controller:{port}/services")


def test_a_certificate_of_another_ca_is_refused_and_noted(zone, tmp_path):
    key, certificate = tmp_path / "key", tmp_path / "certificate"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=stranger", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    host = zone.computes[0]
    host.write("/root/stranger.pem", certificate.read_text() + key.read_text(), "0600")
    answer = host.run("curl", "-s", "--cacert", "/etc/novahost/zone-ca.crt", "--cert", "/root/stranger.pem",
                      "https://controller:8790/services/stranger")
    assert json.loads(answer)["unauthorized"]["code"] == 401
    noted = wait_until("the attempt is in the journal", lambda: denials(zone, "/services/stranger"))
    assert noted[-1]["NOVA_ERROR"] == "unauthenticated" and "FAILED:" in noted[-1]["MESSAGE"], noted[-1]


def identity(host):
    return host.run("sha256sum", "/var/lib/novahost/pki/host.crt", "/var/lib/novahost/pki/host.key")


def test_a_join_token_is_for_one_host_and_once(zone):
    first = zone.computes[0]
    before, known = identity(first), {host["name"] for host in zone.api.get("/hosts").json["hosts"]}
    token = zone.controller.run("novazoned", "--join-token", "stranger").split()[-1]
    first.write("/root/wrong-token", token, "0600")
    refused = first.execute("novahostd", "--enrol", "--join-token-file", "/root/wrong-token")
    assert refused.returncode != 0, "a token for another host was taken"
    used = first.execute("novahostd", "--enrol", "--join-token-file", "/root/join-token")
    assert used.returncode != 0, "a used token was taken again"
    assert identity(first) == before, "the host's certificate and key are as they were"
    assert {host["name"] for host in zone.api.get("/hosts").json["hosts"]} == known
    assert zone.api.service(first.name)["state"] == "up"


def test_a_host_cannot_speak_for_another(zone):
    first, second = zone.computes
    before = zone.api.get(f"/hosts/{second.name}").json["host"]["services"]
    other_id = zone.api.get(f"/hosts/{second.name}").json["host"]["id"]
    body = json.dumps({"version": 1, "host": other_id, "name": second.name, "incarnation": other_id,
                       "nonce": other_id, "base": 0, "sequence": 1, "revision": 0, "info": {"name": second.name},
                       "holds": {"digest": "none", "delta": {"adds": [], "releases": []}, "complete": False}})
    code = first.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "/etc/novahost/zone-ca.crt",
                     "--cert", "/var/lib/novahost/pki/host.crt", "--key", "/var/lib/novahost/pki/host.key",
                     "-H", "Content-Type: application/json", "-d", body,
                     "https://controller:8790/federation/v1/sync")
    assert code == "403", code
    without = first.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", "/etc/novahost/zone-ca.crt",
                        "-H", "Content-Type: application/json", "-d", body,
                        "https://controller:8790/federation/v1/sync")
    assert without in ("401", "403"), without
    assert zone.api.get(f"/hosts/{second.name}").json["host"]["services"] == before, "nothing changed"
    denied = wait_until("the denial is in the journal", lambda: zone.controller.journal(
        "-u", "novazoned", "-o", "json", f"NOVA_ACTOR={first.name}"))
    assert any("MESSAGE_ID" in line for line in denied.splitlines())


def test_a_body_is_never_the_next_clients_request(zone):
    """A stranger's body that holds a request, and an administrator who comes next."""
    target = f"/hosts/{zone.computes[1].name}"
    inner = f"DELETE {target} HTTP/1.1\r\nX-Nova-Front: x DELETE {target}\r\nX-Rest: "
    for offset in (0, *range(3500, 4000, 20), 4096, 8192):
        body = ("x " * offset)[:offset].encode() + inner.encode()
        assert zone.api.request("FOO", "/services", body, headers={"X-Auth-Token": None}).status == 405
        assert zone.api.get("/services").status == 200
    assert zone.api.service(zone.computes[1].name), "the host is still there"
