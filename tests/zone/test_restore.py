# SPDX-License-Identifier: Apache-2.0
"""Yesterday's database of the zone releases nothing, and neither does an empty one."""

UNIT = "nova-compute.service"
BACKUP = "/root/story.backup"


def crash(zone):
    """What is left of the daemon is its database and the log beside it."""
    zone.controller.systemctl("kill", "--signal=KILL", "novazoned.service")
    zone.controller.systemctl("stop", "novazoned.service")


def start(zone):
    zone.controller.systemctl("start", "novazoned.service", "novazoned-front.service")


def test_restoring_a_backup_releases_nothing_and_forgets_no_release(zone):
    first, second = zone.computes
    controller = zone.controller
    zone.api.act(zone.api.service(second.name), "pause", {"reason": "released after the backup"})
    controller.run("rm", "-f", BACKUP)
    controller.run("novazoned", "--backup", BACKUP)
    zone.api.act(zone.api.service(first.name), "pause", {"reason": "after the backup"})
    zone.api.act(zone.api.service(second.name), "resume", {})

    crash(zone)
    controller.run("novazoned", "--restore", BACKUP)
    start(zone)
    zone.wait_service(first, lambda s: s["state"] == "up" and s["held"], "held still", timeout=60)
    assert [h["reason"] for h in first.service(UNIT)["Holds"]] == ["after the backup"]
    zone.wait_service(second, lambda s: s["state"] == "up" and not s["held"], "released still", timeout=30)
    assert not second.service(UNIT)["Held"]


def test_an_empty_database_releases_nothing_and_locks_no_host_out(zone):
    first, second = zone.computes
    controller = zone.controller
    zone.api.act(zone.api.service(first.name), "pause", {"reason": "known to its host alone"})
    zone.wait_service(first, lambda s: s["phase"] == "paused", "paused")
    crash(zone)
    controller.run("sh", "-c", "rm /var/lib/novazone/zone.db*")
    start(zone)
    zone.connect()  # the tokens went with the database
    zone.wait_service(first, lambda s: s["state"] == "up" and s["held"], "held still", timeout=60)
    assert [h["reason"] for h in first.service(UNIT)["Holds"]] == ["known to its host alone"]
    zone.wait_service(second, lambda s: s["state"] == "up" and not s["held"], "not held", timeout=30)
