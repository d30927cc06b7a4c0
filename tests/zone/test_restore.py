# SPDX-License-Identifier: Apache-2.0
"""Yesterday's database of the zone releases nothing, and neither does an empty one."""

UNIT = "nova-compute.service"
DATABASE = "/var/lib/novazone/zone.db"


def put_back(zone, backup):
    controller = zone.controller
    controller.systemctl("stop", "novazoned.service")
    controller.run("rm", "-f", DATABASE + "-wal", DATABASE + "-shm")
    controller.run("install", "-m", "0600", "-o", "novazone", "-g", "novazone", backup, DATABASE)
    controller.systemctl("start", "novazoned.service", "novazoned-front.service")


def test_restoring_a_backup_releases_nothing_and_forgets_no_release(zone):
    first, second = zone.computes
    controller = zone.controller
    zone.api.act(zone.api.service(second.name), "pause", {"reason": "released after the backup"})
    controller.run("rm", "-f", "/var/lib/novazone/story.backup")
    controller.run("novazoned", "--backup", "/var/lib/novazone/story.backup")
    zone.api.act(zone.api.service(first.name), "pause", {"reason": "after the backup"})
    zone.api.act(zone.api.service(second.name), "resume", {})

    put_back(zone, "/var/lib/novazone/story.backup")
    zone.wait_service(first, lambda s: s["state"] == "up" and s["held"], "held still", timeout=60)
    assert [h["reason"] for h in first.service(UNIT)["Holds"]] == ["after the backup"]
    zone.wait_service(second, lambda s: s["state"] == "up" and not s["held"], "released still", timeout=30)
    assert not second.service(UNIT)["Held"]
