# SPDX-License-Identifier: Apache-2.0
"""What the objects on the bus do: signals, verbs, errors, rights."""
import signal
import subprocess
import threading
import time

import dbus
import pytest
from conftest import API, COMPUTE, ERROR, HOST, NAME, NOVAHOSTD, SERVICE, options, refused


def test_a_signal_carries_only_what_changed(system):
    heard = system.signals()
    system.control.Become("nova-compute.service", options(SubState="reload"))
    heard.wait(1)
    assert heard.changed_properties() == [(COMPUTE, {"SubState"}, [])]


def test_a_pause_changes_the_axes_of_pause_and_nothing_else(system):
    heard = system.signals()
    system.service().Pause("disk swap", options())
    heard.wait(1)
    assert heard.changed_properties() == [(COMPUTE, {"Held", "Paused", "Phase", "Holds"}, [])]
    system.service().Pause("disk swap", options(owner="ops"))
    heard.wait(2)
    assert heard.changed_properties()[1] == (COMPUTE, {"Holds"}, [])


def test_a_pause_that_changes_nothing_is_silent_and_says_so(system):
    assert system.service().Pause("disk swap", options())[0]
    heard = system.signals()
    changed, hold = system.service().Pause("disk swap", options())
    assert not changed and hold["reason"] == "disk swap"
    system.control.Become("nova-api.service", options(SubState="reload"))
    heard.wait(1)
    assert [path for path, _, _ in heard.changed_properties()] == [API]


def test_units_that_come_and_go_are_objects_added_and_removed(system):
    heard = system.signals()
    system.control.Add("nova-scheduler.service")
    scheduler = HOST + "/service/nova_2dscheduler_2eservice"
    heard.wait(1)
    path, member, (added, interfaces) = heard.heard[0]
    assert (path, member, added) == (HOST, "InterfacesAdded", scheduler)
    assert interfaces[SERVICE]["Binary"] == "nova-scheduler"
    system.control.Remove("nova-scheduler.service")
    heard.wait(2)
    assert heard.heard[1][1] == "InterfacesRemoved" and heard.heard[1][2][0] == scheduler
    assert set(system.objects()) == {COMPUTE, API}


def test_a_resume_says_what_still_holds_and_the_history_has_the_rest(system):
    compute = system.service()
    compute.Pause("disk swap", options())
    compute.Pause("kernel", options(owner="updates"))
    changed, remaining, note = compute.Resume(options(message="disk is in"))
    assert changed and [str(h["owner"]) for h in remaining] == ["updates"] and note == ""
    assert system.get("Held")
    changed, remaining, note = compute.Resume(options(owner="updates"))
    assert changed and not remaining and not system.get("Held")
    ended = compute.History(dbus.UInt32(10))
    assert [str(h["owner"]) for h in ended] == ["updates", "root"]
    assert ended[1]["release_message"] == "disk is in" and ended[1]["released_by"] == "root"


def test_a_hold_can_be_given_a_time_in_both_forms(system):
    text = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    _, hold = system.service().Pause("x", options(until=text))
    assert hold["until"] == text[:-1] + ".000Z"
    micros = (int(time.time()) + 7200) * 1_000_000
    _, hold = system.service().Pause("x", options(until=dbus.UInt64(micros)))
    assert hold["until"] == time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(micros / 1e6))


BAD_OPTIONS = {
    "unknown key": ("Pause", ["x", options(colour="red")], '"colour": unknown'),
    "owner of another type": ("Pause", ["x", options(owner=dbus.UInt32(1))], '"owner": it has to be of type s'),
    "owner of nothing": ("Pause", ["x", options(owner="")], "owner"),
    "until of another type": ("Pause", ["x", options(until=True)], '"until": it has to be of type s (RFC 3339) or t'),
    "until that is past": ("Pause", ["x", options(until="2001-01-01T00:00:00Z")], "that is past"),
    "until of no zone": ("Pause", ["x", options(until="2099-01-01T00:00:00")], "a time with its zone"),
    "until for ever": ("Pause", ["x", options(until=dbus.UInt64(2**64 - 1))],
                         "a time outside the years 1970 to 9999: at most 366 days ahead"),
    "enforce of another type": ("Pause", ["x", options(enforce="gate")], '"enforce": it has to be of type as'),
    "enforce of nothing": ("Pause", ["x", options(enforce=dbus.Array([], "s"))], '"enforce": name an enforcement'),
    "enforce twice": ("Pause", ["x", options(enforce=dbus.Array(["gate", "gate"], "s"))], '"gate" is there twice'),
    "enforce unknown and long": ("Pause", ["x", options(enforce=dbus.Array(["é" * 1000], "s"))], "é" * 63 + '…" is none of'),
    "unknown key and long": ("Pause", ["x", options(**{"é" * 1000: 1})], "é" * 63 + '…": unknown'),
    "owner of the unit door": ("Pause", ["x", options(owner="unit")], "it is for holds of novahost-pause@.service"),
    "enforce unknown": ("Pause", ["x", options(enforce=dbus.Array(["walls"], "s"))], '"walls" is none of'),
    "override of another type": ("Pause", ["x", options(override="yes")], '"override": it has to be of type b'),
    "a rest door": ("Pause", ["x", options(door="rest")], '"door": only "unit"'),
    "reason too long": ("Pause", ["r" * 256, options()], "256 characters"),
    "reason with a newline": ("Pause", ["a\nb", options()], "control characters"),
    "all and owner": ("Resume", [options(all=True, owner="x")], '"all" together with "owner"'),
    "message too long": ("Resume", [options(message="m" * 256)], '"message": at most 255'),
    "force for a start": ("Start", [options(force=True)], '"force": unknown'),
    "deadline of nothing": ("Stop", [options(deadline=dbus.UInt32(0))], '"deadline": 1 to 600'),
    "deadline too far": ("Stop", [options(deadline=dbus.UInt32(601))], '"deadline": 1 to 600'),
    "deadline of another type": ("Stop", [options(deadline="soon")], '"deadline": it has to be of type u'),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options_are_refused_by_name_and_nothing_is_done(system, case):
    method, arguments, words = BAD_OPTIONS[case]
    name, message = refused(getattr(system.service(), method), *arguments)
    assert name == ERROR + "InvalidArgument" and words in message
    assert not system.get("Held") and system.control.Calls() == []


def test_a_long_name_of_a_service_is_answered(system):
    host = dbus.Interface(system.bus.get_object(NAME, HOST, introspect=False), NAME + ".Host")
    name, message = refused(host.GetService, "é" * 1000)
    assert (name, message) == (ERROR + "NoSuchService",
                               f'cannot find a service called "{"é" * 254}…" on this host')


def test_ones_own_hold_for_another_owner_is_found_with_the_message(system):
    system.service().Pause("x", options(owner="tool"))
    name, message = refused(system.service().Resume, options())
    assert name == ERROR + "HeldByOthers" and message.endswith("say owner=tool")
    assert system.service().Resume(options(owner="tool"))[0]


def test_reasons_of_255_characters_and_none_are_taken(system):
    assert system.service().Pause("ö" * 255, options())[1]["reason"] == "ö" * 255
    assert system.service().Pause("", options())[1]["reason"] == "no reason given"


def test_errors_have_names_of_their_own(system):
    system.service().Pause("kernel", options(owner="updates"))
    assert refused(system.service().Resume, options())[0] == ERROR + "HeldByOthers"
    assert refused(system.service(API).Pause, "x", options())[0] == ERROR + "NotSupported"
    host = dbus.Interface(system.bus.get_object(NAME, HOST, introspect=False), NAME + ".Host")
    assert refused(host.GetService, "nova-nothing") == (
        ERROR + "NoSuchService", 'cannot find a service called "nova-nothing" on this host')
    system.control.NextResult("nova-compute.service", "timeout")
    name, message = refused(system.service().Restart, options())
    assert name == ERROR + "JobFailed" and "timeout" in message
    assert refused(system.service().Suspend, "x")[0] == "org.freedesktop.DBus.Error.InvalidArgs"


def test_verbs_answer_when_the_job_has_ended(system):
    system.control.HoldJobs(True)
    answers = []
    system.service().Stop(options(), reply_handler=answers.append, error_handler=answers.append)
    assert system.get("ActiveState") == "active" and answers == [], "the job is still running"
    heard = system.signals()
    system.control.HoldJobs(False)
    while not answers:
        heard.turn()
    assert answers == ["done"]
    assert system.get("ActiveState") == "inactive", "its effect is there with the answer"


def test_a_frozen_service_is_down_and_thawed_before_it_is_stopped(system):
    assert system.service().Suspend(options()) == "done"
    assert (system.get("FreezerState"), system.get("State")) == ("frozen", "down")
    system.control.Calls()
    assert system.service().Stop(options()) == "done"
    assert list(system.control.Calls()) == ["thaw nova-compute.service", "stop nova-compute.service"]


def test_everybody_reads_and_nobody_acts_without_polkit(system):
    assert system.as_nobody("History", 5) == [[[]], None]
    for verb in ("Pause", "Resume", "Start", "Stop", "Restart", "Suspend"):
        arguments = ["x", {}] if verb == "Pause" else [{}]
        assert system.as_nobody(verb, *arguments) == [None, ERROR + "AccessDenied"], verb
    assert [a.split()[0].rsplit(".", 1)[1] for a in system.control.Asked()] == [
        "pause", "resume", "start", "stop", "restart", "suspend"]
    assert not system.get("Held") and system.control.Calls() == []
    assert ("pause of nova-compute.service denied: cannot go on: nobody is not allowed org.openstack.novahost1.pause"
            in system.text())


def test_what_polkit_leaves_open_is_not_told_as_a_denial(system):
    system.control.Verdict("pause", "challenge")
    system.as_nobody("Pause", "x", {})
    assert "pause of nova-compute.service needs authentication: cannot go on: nobody is not allowed" in system.text()
    system.control.Verdict("pause", "broken")
    assert system.as_nobody("Pause", "x", {}) == [None, ERROR + "Unavailable"]
    assert "pause of nova-compute.service not decided: cannot ask polkit about the caller: " in system.text()
    assert " denied" not in system.text()


def test_a_user_who_asks_in_vain_again_and_again_does_not_fill_the_journal(system):
    for _ in range(12):
        assert system.as_nobody("Pause", "x", {})[1] == ERROR + "AccessDenied"
    assert system.text().count(" denied: ") == 5


def test_polkit_hears_of_the_unit_and_its_yes_is_enough(system):
    system.control.Verdict("pause", "yes")
    answer, error = system.as_nobody("Pause", "x", {})
    assert error is None and answer[1]["actor"] == "nobody"
    assert list(system.control.Asked()) == ["org.openstack.novahost1.pause nova-compute.service 0"]


def test_where_authentication_would_help_the_caller_is_told_or_asked(system):
    system.control.Verdict("pause", "challenge")
    assert system.as_nobody("Pause", "x", {}) == [None,
                                                  "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"]
    assert system.as_nobody("Pause", "x", {}, interactive=True)[1] is None


def test_others_holds_are_released_with_the_right_to_override_only(system):
    system.service().Pause("kernel", options())
    system.control.Verdict("resume", "yes")
    assert system.as_nobody("Resume", {"all": True})[1] == ERROR + "HeldByOthers"
    assert system.as_nobody("Resume", {"all": True, "override": True})[1] == ERROR + "AccessDenied"
    assert system.get("Held")
    system.control.Verdict("override", "yes")
    assert system.as_nobody("Resume", {"all": True, "override": True})[1] is None
    assert not system.get("Held")


def test_the_unit_door_is_for_the_daemons_own_unit(system):
    system.control.Verdict("pause", "yes")
    assert system.as_nobody("Pause", "x", {"door": "unit"}) == [None, ERROR + "AccessDenied"]
    _, hold = system.service().Pause("x", options(door="unit"))
    assert (hold["owner"], hold["door"]) == ("unit", "unit")


def test_a_polkit_that_does_not_answer_keeps_nobody_else_waiting(system):
    system.control.Verdict("pause", "silence")
    answers = []
    # root is never asked about, so a silent polkit shows only to others; meanwhile everything else goes on.
    silent = threading.Thread(target=lambda: answers.append(system.as_nobody("Pause", "x", {})))
    silent.start()
    began = time.monotonic()
    while not system.control.Asked():
        assert time.monotonic() - began < 10
    assert system.service().Pause("y", options())[0]
    assert time.monotonic() - began < 10 and answers == []
    system.kill()
    silent.join()
    assert answers[0][1].startswith("org.freedesktop.DBus.Error.")


def test_holds_survive_kill_nine(system):
    _, hold = system.service().Pause("disk swap", options())
    system.kill(signal.SIGKILL)
    system.start()
    assert system.get("Held") and system.get("Holds")[0]["id"] == hold["id"]


def test_a_daemon_without_its_bus_ends_with_a_failure(system):
    system.bus.set_exit_on_disconnect(False)
    system.broker.kill()
    assert system.daemon.wait(10) != 0


def test_a_planned_stop_ends_well_and_takes_the_objects_away(system):
    heard = system.signals()
    assert system.kill(signal.SIGTERM) == 0
    heard.wait(2)
    assert [member for _, member, _ in heard.heard[:2]] == ["InterfacesRemoved", "InterfacesRemoved"]


def test_a_second_daemon_is_refused(system):
    done = subprocess.run([NOVAHOSTD, "--config", "/nonexistent"], env=system.environment, capture_output=True, text=True,
                          timeout=20)
    assert done.returncode == 1 and "another novahostd uses it" in done.stderr
