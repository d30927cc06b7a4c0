# SPDX-License-Identifier: Apache-2.0
"""Yesterday's database of the zone, put back the way novazoned(8) says, after the daemon was killed."""
import subprocess

import pytest
from small_zone import NOVAZONED, Host, Zone, heard, wait_until


@pytest.fixture
def zone(system):
    made = Zone(system.folder)
    yield made
    made.stop()


def names(zone):
    return [line.split("\t")[0] for line in zone.run("--list-tokens").splitlines() if "revoked" not in line]


def test_a_backup_is_restored_after_a_crash_and_what_was_revoked_stays_so(system, zone):
    host = Host(system, zone)
    system.kill()
    host.join(zone.run("--join-token", "compute1"))
    zone.run("--create-token", "leaver")
    backup = zone.folder / "yesterday.db"
    zone.run("--backup", backup)
    running = subprocess.run([NOVAZONED, "--config", zone.config, "--restore", backup], capture_output=True, text=True)
    assert running.returncode == 1 and "stop novazoned.service first" in running.stderr
    zone.run("--create-token", "late")
    zone.run("--revoke-token", "leaver")
    zone.front.terminate()
    zone.front.wait(20)
    zone.daemon.kill()
    zone.daemon.wait(20)
    database = zone.folder / "state/zone.db"
    assert (zone.folder / "state/zone.db-wal").stat().st_size > 0, "nothing to replay: the story proves nothing"
    said = zone.run("--restore", backup)
    assert "zone.db.before-" in said
    assert database.stat().st_mode & 0o777 == 0o600
    zone.start()
    assert names(zone) == ["story"]
    host.restart()
    wait_until("the enrolled host is heard", lambda: heard(zone))


def test_commands_make_no_store_of_their_own(system, tmp_path):
    config = tmp_path / "novazoned.conf"
    (tmp_path / "state").mkdir()
    config.write_text(f"[Zone]\nStateDirectory={tmp_path}/state\n")
    for command in (["--create-token", "x"], ["--list-tokens"], ["--join-token", "x"], ["--backup", tmp_path / "b"]):
        done = subprocess.run([NOVAZONED, "--config", config, *command], capture_output=True, text=True)
        assert done.returncode == 1 and "start novazoned.service once" in done.stderr, (command, done.stderr)
    assert not list((tmp_path / "state").iterdir()) and not (tmp_path / "b").exists()


def test_root_acts_as_the_owner_of_the_state_directory(system, zone):
    """As in the packages: the daemon's user is another than root, who keeps backups where only root may look."""
    zone.front.terminate()
    zone.daemon.terminate()
    zone.daemon.wait(20)
    state, owner = zone.folder / "state", 65534
    subprocess.run(["chown", "-R", f"{owner}:{owner}", state], check=True)
    private = system.folder / "roots"
    private.mkdir(mode=0o700)
    copy = private / "copy.db"
    zone.run("--backup", copy)
    assert (copy.stat().st_uid, copy.stat().st_mode & 0o777) == (0, 0o600)
    zone.run("--join-token", "compute1")
    zone.run("--replace-ca")
    zone.run("--restore", copy)
    assert {(file.stat().st_uid, file.stat().st_gid) for file in state.rglob("*")} == {(owner, owner)}
    assert {file.stat().st_mode & 0o777 for file in (state / "ca").glob("*.key")} == {0o600}
    copy.unlink()
    copy.symlink_to("/etc/hostname")
    refused = subprocess.run([NOVAZONED, "--config", zone.config, "--backup", copy], capture_output=True, text=True)
    assert refused.returncode == 1 and "File exists" in refused.stderr
