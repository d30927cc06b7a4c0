# SPDX-License-Identifier: Apache-2.0
"""Random schedules through both real daemons with their real stores.

Pauses and resumes at both doors, a network that is cut or loses answers, daemons killed while they work, databases
restored and lost. After each schedule, when everything works again, both stores have the same records; every pause and
resume that was acknowledged is there (except what was on no disk any more at the moment when a database was replaced);
nothing is there that nobody asked for; both doors show the same holds.

NOVA_DAEMON_SCHEDULES and NOVA_SEED choose how many, and which."""
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
        self.holds, self.releases = set(), set()

    def word(self, what):
        self.number += 1
        return f"{what} {self.number}"

    def acknowledged(self, word, records):
        """Whatever the store of the side that said yes has under this word."""
        self.holds |= {id for id, (_, _, reason) in records.holds.items() if reason == word}
        replaced = {f"replaced by {id}" for id in self.holds}
        self.releases |= {id for id, message in records.releases.items() if message == word or message in replaced}

    def replaced_a_database(self, *stores):
        self.holds &= set().union(*(store.holds for store in stores))
        self.releases &= set().union(*(store.releases for store in stores))

    def check(self, records):
        assert not self.holds - set(records.holds), "acknowledged holds are lost"
        assert not self.releases - set(records.releases), "acknowledged releases are lost"
        words = {f"pause {n}" for n in range(self.number + 1)}
        for id, (owner, door, reason) in records.holds.items():
            assert owner in OWNERS and door in ("bus", "rest") and reason in words, f"hold {id} was invented"
        words = {f"resume {n}" for n in range(self.number + 1)}
        for id, message in records.releases.items():
            explained = message in words or message.removeprefix("replaced by ") in records.holds
            assert explained, f"the release of {id} was invented: {message}"


class Story:
    def __init__(self, both, chance, ledger):
        self.both, self.host, self.zone = both, both.host, both.zone
        self.chance, self.ledger, self.steps = chance, ledger, []
        self.host_copy, self.zone_copy = both.folder / "holds.copy", both.folder / "zone.copy"

    def act_at_host(self, die=False):
        verb = self.chance.choice(("pause", "resume"))
        word, owner = self.ledger.word(verb), self.chance.choice(OWNERS)
        if verb == "pause":
            call = self.host.call("Pause", "sa{sv}", word, "1", "owner", "s", owner)
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
        ways = [(self.act_at_host, 8), (self.act_at_zone, 8), (lambda: self.act_at_host(die=True), 2),
                (lambda: self.act_at_zone(die=True), 2), (self.cut, 3), (self.lose_answers, 2), (self.connect, 4),
                (self.kill_host, 1), (self.kill_zone, 1), (self.copy, 1), (self.replace_host_database, 0.5),
                (self.replace_zone_database, 0.5)]
        for step in self.chance.choices([way for way, _ in ways], [weight for _, weight in ways],
                                        k=self.chance.randint(4, 14)):
            step()
        self.settle()

    def settle(self):
        self.connect()
        until("both stores are equal", lambda: self.host.records() == self.zone.records())
        records = self.host.records()
        self.ledger.check(records)
        assert self.host.shown() == records.in_force()
        until("the zone shows what its store has", lambda: self.zone.shown() == records.in_force())


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
