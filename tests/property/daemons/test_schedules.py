# SPDX-License-Identifier: Apache-2.0
"""Random schedules through both real daemons with their real stores.

Pauses (some with an end) and resumes at both doors, commands with a deadline, a network that is cut or loses answers,
daemons killed while they work, databases restored and lost. After each schedule, when everything works again, both
stores have the same records; every pause and resume that was acknowledged is there (except what was on no disk any more
at the moment when a database was replaced); nothing is there that nobody asked for; both doors show the same holds;
every command has an end, none was run twice, and none of which the zone said that it had expired.

NOVA_DAEMON_SCHEDULES and NOVA_SEED choose how many, and which."""
import datetime
import json
import os
import random
import shutil
import threading

import pytest
from both import Both, Relay, until

COUNT = int(os.environ.get("NOVA_DAEMON_SCHEDULES", "200"))
SEED = int(os.environ.get("NOVA_SEED", "20261123"))
OWNERS = ("alice", "bob", "evacuator")


class Ledger:
    """What was asked, and what of it was acknowledged."""

    def __init__(self):
        self.number = 0
        self.holds, self.releases, self.with_end = set(), set(), set()
        self.commands, self.may_run = [], 0

    def word(self, what):
        self.number += 1
        return f"{what} {self.number}"

    def acknowledged(self, word, records):
        """Whatever the store of the side that said yes has under this word."""
        self.holds |= {id for id, (_, _, reason) in records.holds.items() if reason == word}
        replaced = {f"replaced by {id}" for id in self.holds}
        self.releases |= {id for id, message in records.releases.items() if message == word or message in replaced}

    def replaced_a_database(self, *stores):
        self.holds = {id for id in self.holds if any(store.has(id) for store in stores)}
        self.releases = {id for id in self.releases if any(store.has_release(id) for store in stores)}

    def check(self, records):
        assert all(map(records.has, self.holds)), "acknowledged holds are lost"
        assert all(map(records.has_release, self.releases)), "acknowledged releases are lost"
        words = {f"pause {n}" for n in range(self.number + 1)}
        for id, (owner, door, reason) in records.holds.items():
            assert owner in OWNERS and door in ("bus", "rest") and reason in words, f"hold {id} was invented"
        words = {f"resume {n}" for n in range(self.number + 1)}
        for id, message in records.releases.items():
            by_time = message == "until passed" and id in records.holds and records.holds[id][2] in self.with_end
            replaced = message.startswith("replaced by ") and records.has(message.removeprefix("replaced by "))
            explained = message in words or replaced or by_time
            assert explained, f"the release of {id} was invented: {message}"


class Story:
    def __init__(self, both, chance, ledger):
        self.both, self.host, self.zone = both, both.host, both.zone
        self.chance, self.ledger, self.steps = chance, ledger, []
        self.host_copy, self.zone_copy = both.folder / "holds.copy", both.folder / "zone.copy"

    def until(self, word):
        """The end of some pauses, soon."""
        if self.chance.random() < 0.7:
            return None
        self.ledger.with_end.add(word)
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.chance.uniform(0.5, 3))
        return end.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def act_at_host(self, die=False):
        verb = self.chance.choice(("pause", "resume"))
        word, owner = self.ledger.word(verb), self.chance.choice(OWNERS)
        if verb == "pause":
            end = self.until(word)
            options = ["2", "owner", "s", owner, "until", "s", end] if end else ["1", "owner", "s", owner]
            call = self.host.call("Pause", "sa{sv}", word, *options)
        else:
            call = self.host.call("Resume", "a{sv}", "2", "owner", "s", owner, "message", "s", word)
        if die:
            self.wait_a_moment()
            self.host.kill()
        output, _ = call.communicate(timeout=30)
        if call.returncode == 0 and json.loads(output)["data"][0]:
            self.ledger.acknowledged(word, self.host.records())
        if die:
            self.host.start()

    def act_at_zone(self, die=False):
        service = self.zone.compute()
        if service is None:
            return
        verb = self.chance.choice(("pause", "resume"))
        word, owner = self.ledger.word(verb), self.chance.choice(OWNERS)
        answers = []
        path, body = f"/services/{service['id']}/action", {verb: {"reason": word, "owner": owner}}
        if verb == "pause" and (end := self.until(word)):
            body[verb]["until"] = end
        asking = threading.Thread(target=lambda: answers.append(self.zone.ask("POST", path, body)[0]))
        asking.start()
        if die:
            self.wait_a_moment()
            self.zone.kill()
        asking.join()
        if answers[0] == 202:
            self.ledger.acknowledged(word, self.zone.records())
        if die:
            self.zone.start()

    def command(self):
        """RESTART, which may come too late: the host is cut off, or its time is short."""
        service = self.zone.compute()
        if service is None:
            return
        self.ledger.may_run += 1
        body = {"restart": {"deadline": self.chance.choice((1, 60))}}
        status, answer = self.zone.ask("POST", f"/services/{service['id']}/action", body)
        if status == 202:
            self.ledger.commands.append((service["id"], answer["action"]["request_id"]))
        elif status is not None:
            self.ledger.may_run -= 1  # refused

    def wait_a_moment(self):
        """Not for an event: the very moment of the death is what chance chooses."""
        threading.Event().wait(self.chance.random() * 0.02)

    def cut(self):
        self.both.relay.become(Relay.CUT)

    def lose_answers(self):
        self.both.relay.become(Relay.DEAF)

    def connect(self):
        self.both.relay.become(Relay.OPEN)

    def kill_host(self):
        self.host.kill()
        self.host.start()

    def kill_zone(self):
        self.zone.kill()
        self.zone.start()

    def copy(self):
        if self.host.file.exists():
            shutil.copy(self.host.file, self.host_copy)
        self.zone.backup(self.zone_copy)

    def replace_host_database(self):
        self.host.kill()
        # With the rest it forgets which commands it has begun.
        self.ledger.may_run += sum(self.zone.outcome(*command) in ("accepted", "running", None)
                                   for command in self.ledger.commands)
        if self.host_copy.exists() and self.chance.random() < 0.5:
            shutil.copy(self.host_copy, self.host.file)
        else:
            self.host.forget_holds()
        self.ledger.replaced_a_database(self.host.records(), self.zone.records())
        self.host.start()

    def replace_zone_database(self):
        self.zone.kill()
        restore = self.zone_copy.exists() and self.chance.random() < 0.5
        self.zone.replace_database(self.zone_copy if restore else None)
        self.zone.start()
        self.ledger.replaced_a_database(self.host.records(), self.zone.records())

    def run(self):
        ways = [(self.act_at_host, 8), (self.act_at_zone, 8), (self.command, 2),
                (lambda: self.act_at_host(die=True), 2), (lambda: self.act_at_zone(die=True), 2), (self.cut, 3),
                (self.lose_answers, 2), (self.connect, 4), (self.kill_host, 1), (self.kill_zone, 1), (self.copy, 1), (self.replace_host_database, 0.5),
                (self.replace_zone_database, 0.5)]
        for step in self.chance.choices([way for way, _ in ways], [weight for _, weight in ways],
                                        k=self.chance.randint(4, 14)):
            step()
        self.settle()

    def settle(self):
        self.connect()
        until("both stores are equal and shown", self.at_rest)
        self.ledger.check(self.host.records())

    def at_rest(self):
        """Ends of pauses come while one looks, so all of it has to be seen at once."""
        records, shown = self.host.records(), self.host.shown()
        return records == self.zone.records() and shown == records.in_force() == self.zone.shown()


def check_commands(both, ledger):
    """In the end, once: of a command whose answer got lost the zone gives up two minutes after the deadline."""
    def outcomes():
        return [both.zone.outcome(*command) for command in ledger.commands]
    until("every command has its end", lambda: not {"accepted", "running"} & set(outcomes()), 240)
    ran, expired = both.host.jobs(), outcomes().count("expired")
    assert ran <= ledger.may_run - expired, f"{ran} commands ran of {ledger.may_run}, {expired} had expired"


@pytest.fixture
def both(tmp_path):
    made = Both(tmp_path)
    yield made
    made.close()


def test_both_daemons_end_equal_and_lose_nothing(both):
    ledger = Ledger()
    until("the host joins", lambda: both.zone.compute() is not None)
    for number in range(COUNT):
        try:
            Story(both, random.Random(SEED * 1_000_003 + number), ledger).run()
        except AssertionError as error:
            raise AssertionError(f"schedule {number} of seed {SEED}: {error}\n--- host\n{both.host.text()[-3000:]}"
                                 f"\n--- zone\n{(both.folder / 'log').read_text()[-3000:]}") from error
    check_commands(both, ledger)
