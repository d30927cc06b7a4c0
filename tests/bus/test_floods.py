# SPDX-License-Identifier: Apache-2.0
"""Callers without a right, in numbers: they cost the daemon little, and nobody else notices them."""
import contextlib
import re

from conftest import ERROR, measures_memory, options, wait_until


@contextlib.contextmanager
def calls(system, count, **more):
    """Their client while they wait, and gone with its connection afterwards."""
    client = system.flood(count, **more)
    try:
        yield client
    finally:
        client.stdin.close()
        client.wait(20)
        client.stdout.close()


def answers(client, count):
    return [client.stdout.readline().strip() for _ in range(count)]


def memory(system):
    return int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{system.daemon.pid}/status").read(), re.M)[1])


def test_a_user_whom_polkit_leaves_waiting_keeps_nobody_else_waiting(system):
    system.control.Verdict("pause", "silence")
    # The bus itself lets a connection have 128 calls without an answer.
    with contextlib.ExitStack() as stack:
        for may_wait in (4, 0, 0):
            client = stack.enter_context(calls(system, 100))
            assert set(answers(client, 100 - may_wait)) == {ERROR + "Unavailable"}, "four of one user's may wait"
        assert system.control.Waiting() == 4
        assert system.service().Restart(options()) == "done"
        assert system.service().Pause("y", options())[0]
        system.control.Become("nova-compute.service", options(SubState="reload"))
        wait_until("the change is seen", lambda: system.get("SubState") == "reload")
    assert "cannot list units" not in system.text()


def test_many_users_together_cannot_take_every_place_either(system):
    system.control.Verdict("pause", "silence")
    with contextlib.ExitStack() as stack:
        for number in range(8):
            stack.enter_context(calls(system, 4, user=1 + number))
        wait_until("all that may wait do", lambda: system.control.Waiting() == 32)
        last = stack.enter_context(calls(system, 4, user=9))
        assert answers(last, 4) == [ERROR + "Unavailable"] * 4
        assert system.service().Restart(options()) == "done"


def test_a_caller_who_leaves_is_forgotten_by_polkit_too(system):
    system.control.Verdict("pause", "silence")
    with calls(system, 4):
        wait_until("polkit was asked", lambda: system.control.Waiting() == 4)
    wait_until("polkit was told", lambda: system.control.Waiting() == 0)
    with calls(system, 4):
        wait_until("its places are free again", lambda: system.control.Waiting() == 4)


def test_what_cannot_be_right_is_refused_before_anybody_is_asked(system):
    system.control.Verdict("pause", "silence")
    for wrong in ({"until": "2001-01-01T00:00:00Z"}, {"owner": " x"}, {"enforce": ["gate", "gate"]}, {"colour": "red"}):
        assert system.as_nobody("Pause", "x", wrong) == [None, ERROR + "InvalidArgument"], wrong
    assert system.control.Asked() == []


@measures_memory
def test_of_what_is_refused_nothing_is_kept(system):
    system.control.Verdict("pause", "silence")
    before = memory(system)
    with calls(system, 60, size=1_000_000) as client:
        assert set(answers(client, 60)) == {ERROR + "InvalidArgument"}
    assert system.control.Asked() == []
    assert memory(system) - before < 16 * 1024, "of 60 MB nothing is kept"


def test_root_is_never_in_line_behind_them(system):
    system.control.Verdict("pause", "silence")
    with calls(system, 128):
        wait_until("polkit was asked", lambda: system.control.Waiting() == 4)
        done = []
        for number in range(40):
            system.service().Pause("x", options(owner=f"tool{number}"), reply_handler=lambda *_: done.append(True),
                                   error_handler=done.append)
        heard = system.signals()
        while len(done) < 40:
            heard.turn()
        assert done == [True] * 40
