# SPDX-License-Identifier: Apache-2.0
"""A zone of booted hosts, and its REST API as a client meets it."""
import json
import pathlib
import ssl
import urllib.error
import urllib.request

from lab import NoAnswer, wait_until

PORT = 8790


class Answer:
    """One HTTP answer; `json` is its body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:400]!r}"


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Api:
    def __init__(self, url, ca_pem, token):
        self.url, self.token = url, token
        context = ssl.create_default_context(cadata=ca_pem)
        self.opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), NoRedirect)

    def request(self, method, path, body=None, headers=None, timeout=30):
        data = None
        headers = {"X-Auth-Token": self.token, **(headers or {})}
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data=data, method=method,
                                         headers={k: v for k, v in headers.items() if v is not None})
        try:
            with self.opener.open(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())
        except urllib.error.URLError as error:
            raise NoAnswer(f"{method} {path}: {error.reason}") from error

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def post(self, path, body, **kwargs):
        return self.request("POST", path, body, **kwargs)

    def services(self, query=""):
        answer = self.get("/services" + query)
        if answer.status in (502, 503, 504):
            raise NoAnswer(f"GET /services: {answer}")
        assert answer.status == 200, answer
        return answer.json["services"]

    def service(self, host, binary="nova-compute"):
        found = [s for s in self.services() if s["host"] == host and s["binary"] == binary]
        return found[0] if found else None

    def act(self, service, action, arguments=None, **kwargs):
        """An action and its record, waited for."""
        answer = self.post(f"/services/{service['id']}/action", {action: arguments},
                           headers={"Prefer": "wait=20"}, **kwargs)
        assert answer.status in (202, 303), answer
        record = self.get(pathlib.PurePosixPath(answer.headers["Location"].replace(self.url, "")).as_posix())
        assert record.status == 200, record
        return record.json["action"]


class Zone:
    def __init__(self, lab, controller, computes):
        self.lab, self.controller, self.computes = lab, controller, computes
        self.hosts = [controller, *computes]
        self.api = None

    @classmethod
    def set_up(cls, lab):
        controller = lab.boot("controller")
        computes = [lab.boot("compute1"), lab.boot("compute2")]
        zone = cls(lab, controller, computes)
        for name in ("nova-api", "nova-scheduler", "nova-conductor"):
            controller.stand_in(name)
        for host in computes:
            host.stand_in("nova-compute")
        controller.install_packages("novahostd", "novazoned")
        zone.connect()
        for host in zone.hosts:
            if host is not controller:
                host.install_packages("novahostd")
            zone.join(host)
        zone.wait_heard()
        return zone

    def connect(self):
        """An administrator's token, and the API with it."""
        ca = wait_until("the zone's CA", lambda: self.controller.execute("cat", "/run/novazone/ca.crt").stdout)
        self.ca = ca
        self.tokens = {role: self.new_token(role) for role in ("admin", "operator", "reader")}
        self.api = Api(f"https://{self.controller.address}:{PORT}", ca, self.tokens["admin"])

    def new_token(self, role, name=None):
        return self.controller.run("novazoned", "--create-token", name or f"story-{role}", "--role", role).split()[-1]

    def as_role(self, role):
        return Api(self.api.url, self.ca, self.tokens[role])

    def join(self, host):
        """What the README tells an administrator to do on a host."""
        token = self.controller.run("novazoned", "--join-token", host.name).split()[-1]
        host.write("/etc/novahost/zone-ca.crt", self.ca)
        host.write("/etc/novahost/novahostd.conf.d/zone.conf",
                   f"[Zone]\nURL=https://controller:{PORT}\nCAFile=/etc/novahost/zone-ca.crt\n")
        host.write("/root/join-token", token, "0600")
        host.run("novahostd", "--enrol", "--join-token-file", "/root/join-token")
        host.systemctl("restart", "novahostd")

    def wait_heard(self):
        def heard():
            states = {s["host"]: s["state"] for s in self.api.services()}
            return len(states) == len(self.hosts) and "unknown" not in states.values()
        wait_until("all hosts heard", heard, 30)

    def wait_service(self, host, predicate, what, binary="nova-compute", timeout=15):
        return wait_until(f"{host.name}: {what}",
                          lambda: (s := self.api.service(host.name, binary)) and predicate(s) and s, timeout)

    def reset(self):
        for host in self.hosts:
            host.heal()
            self.lab.run("thaw", host.name, check=False)
            host.systemctl("start", "novahostd")
        self.controller.systemctl("start", "novazoned", "novazoned-front")
        for host in self.computes:
            host.execute("systemctl", "thaw", "nova-compute.service")
            host.systemctl("start", "nova-compute.service")
            if host.service("nova-compute.service")["Held"]:
                host.resume("nova-compute.service", ("all", "b", "true"), ("override", "b", "true"))
        wait_until("the zone answers", lambda: self.api.get("/healthz").status == 200, 30)
        self.wait_heard()
        for service in self.api.services("?held=true"):
            self.api.act(service, "resume", {"all": True})
