# SPDX-License-Identifier: Apache-2.0
"""packaging/quickstart --demo: from built packages to a zone whose real Nova services are up, the README's tour of it,
and gone again."""
import os
import pathlib
import re
import subprocess

import pytest

from lab import PACKAGES, ROOT, Host
from zone import Api

QUICKSTART = str(ROOT / "packaging" / "quickstart")
NOVA_SERVICES = {
    ("controller", "nova-api"), ("controller", "nova-api-metadata"), ("controller", "nova-conductor"),
    ("controller", "nova-scheduler"), ("compute1", "nova-compute"), ("compute2", "nova-compute")}


def quickstart(lab, *args):
    return subprocess.run([QUICKSTART, *args], capture_output=True, text=True, timeout=900,
                          env={**os.environ, "NOVA_LAB": lab.name})


def up(lab):
    done = quickstart(lab, "--demo", "--packages", str(PACKAGES))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def demo(new_lab):
    return new_lab("test-demo")


@pytest.fixture(scope="module")
def told(demo):
    """What quickstart says; the demo is up from then on."""
    return up(demo)


def settings(lab):
    lines = (ROOT / "build" / lab.name / "env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def api_of(lab):
    env = settings(lab)
    with open(env["ZONE_CA"]) as ca, open(env["ZONE_TOKEN_FILE"]) as token:
        return Api(env["ZONE_URL"], ca.read(), token.read().strip())


# --- the README's tour ---

def tour():
    """Its commands, each with the lines that the README shows of the answer; before the first, the demo's own words."""
    text = (ROOT / "README.md").read_text()
    text = text[text.index("## A first tour"):text.index("## The map")]
    steps, open_command = [("", [])], False
    for line in (line[4:] for line in text.splitlines() if line.startswith("    ")):
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif open_command:
            steps[-1] = (steps[-1][0] + "\n" + line, [])
        elif line.strip() not in ("", "…"):
            steps[-1][1].append(line)
        open_command = line.endswith("\\")
    return steps


def normal(line):
    """Without what differs from run to run."""
    line = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", line)
    return " ".join(line.split())


def shown(expected, answer):
    """Every line of the README stands in the answer, in this order; "…" stands for anything."""
    left = iter([normal(line) for line in answer.splitlines()])
    for line in expected:
        pattern = re.escape(normal(line)).replace("…", ".*").replace(r"\ .*", ".*")
        assert any(re.fullmatch(pattern, have) for have in left), f"no such line (any more): {line}\n{answer}"


def run_in_one_shell(commands, **environment):
    """What each of them says."""
    script = "sudo() { \"$@\"; }\n" + "".join(f"echo; echo '=== {n}'\n{c}\n" for n, c in enumerate(commands))
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
                          env={**os.environ, **environment}, check=False)
    return re.split(r"\n=== \d+\n", done.stdout)[1:]


def test_the_demo_shows_novas_real_services(demo, told):
    rows = api_of(demo).services()
    assert {(row["host"], row["binary"]) for row in rows} == NOVA_SERVICES
    for host, binary in NOVA_SERVICES:
        assert Host(demo, host).active(f"{binary}.service"), f"{binary} on {host}"
    said = quickstart(demo, "exec", "compute1", "hostname")
    assert (said.returncode, said.stdout) == (0, "compute1\n")
    assert settings(demo)["ZONE_URL"] in told


def test_the_readmes_tour_is_true(demo, told):
    (_, first), *steps = tour()
    assert len(first) >= 4 and len(steps) >= 8
    shown(first, told)
    commands = [command.replace("build/demo/", f"build/{demo.name}/") for command, _ in steps]
    answers = run_in_one_shell(commands, NOVA_LAB=demo.name)
    assert len(answers) == len(steps)
    for (_, expected), answer in zip(steps, answers):
        shown(expected, answer)


def test_a_repeated_quickstart_needs_nothing_of_build(demo, told):
    """Its settings are made anew; the token there is replaced."""
    env = ROOT / "build" / demo.name
    for path in env.iterdir():
        path.unlink()
    env.rmdir()
    again = up(demo)
    assert settings(demo)["ZONE_URL"] in again
    assert api_of(demo).get("/services").status == 200


# --- what `down` leaves ---

LABS = pathlib.Path(os.environ.get("NOVA_LAB_DIR", "/var/cache/nova-services-lab")) / "labs"


def names_of(lab):
    """By which everything that a lab makes of this machine can be told."""
    return [f"nsl{(LABS / lab.name / 'number').read_text().strip()}", f"labs/{lab.name}", f"nova-services-lab/{lab.name}"]


def traces(names):
    """Links, namespaces, mounts, processes and cgroups of this machine that bear one of these names."""
    found = []
    for command in (["ip", "-oneline", "link"], ["ip", "netns"], ["cat", "/proc/self/mountinfo"], ["ps", "-eo", "args"],
                    ["find", "/sys/fs/cgroup", "-maxdepth", "4", "-type", "d"]):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += [line for line in said.splitlines() if any(re.search(rf"{name}(?!\w*\d)", line) for name in names)]
    return found


def test_down_removes_exactly_the_demo(demo, told, new_lab):
    other = new_lab("test-demo-beside")
    beside = other.boot("machine")
    leader = beside.leader
    names = names_of(demo)
    words = "\n".join(traces(names))
    for kind in ("link/ether", "systemd-nspawn", "overlay", "/sys/fs/cgroup"):
        assert kind in words, f"no trace of {kind} to look for"

    assert quickstart(demo, "down").returncode == 0
    assert demo.run("status").stdout == ""
    assert traces(names) == []
    assert not (ROOT / "build" / demo.name).exists()
    assert not (LABS / demo.name).exists()
    assert beside.leader == leader
    assert beside.ok("systemctl", "is-active", "dbus.service")
