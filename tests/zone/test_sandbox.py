# SPDX-License-Identifier: Apache-2.0
"""The zone's units are sandboxed, and still may ask what they have to know."""
import pytest


@pytest.mark.parametrize("unit", ["novazoned.service", "novazoned-front.service"])
def test_exposure_is_at_most_one_and_a_half(zone, unit):
    said = zone.controller.run("systemd-analyze", "security", "--no-pager", unit)
    exposure = float(said.split("Overall exposure level for")[1].split(":")[1].split()[0])
    assert exposure <= 1.5, said


def test_the_zone_may_ask_whether_the_clock_is_synchronised(zone):
    """Without adjtimex(2) no `until` would ever be believed to have passed."""
    shown = zone.controller.show("novazoned.service", "ProtectClock", "SystemCallFilter")
    assert shown["ProtectClock"] == "no"
    assert {"adjtimex", "clock_adjtime"} <= set(shown["SystemCallFilter"].split()), "glibc makes the second call"
