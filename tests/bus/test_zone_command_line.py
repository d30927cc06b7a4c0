# SPDX-License-Identifier: Apache-2.0
"""novazoned's command line: what it prints and how it ends, as novazoned(8) says."""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]
NOVAZONED = os.environ.get("NOVAZONED", str(ROOT / "build/ci/rest/novazoned"))


def run(*words):
    return subprocess.run([NOVAZONED, *map(str, words)], capture_output=True, text=True, timeout=30)


def configured(folder, text):
    file = folder / "novazoned.conf"
    file.write_text(text)
    return file


@pytest.mark.parametrize("words", [["--no-such-option"], ["--config"], ["--role", "admin"], ["word"]])
def test_a_command_line_that_cannot_be_understood(words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (64, "")
    assert "--help" in done.stderr


def test_a_configuration_without_mistakes_is_said_to_be_so(tmp_path):
    file = configured(tmp_path, "[Zone]\nName=north\n")
    done = run("--config", file, "--check-config")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: ok\n", "")


def test_a_configuration_with_a_mistake_ends_it_for_good(tmp_path):
    file = configured(tmp_path, "[Zone]\nColour=red\n")
    for words in (["--check-config"], [], ["--list-tokens"]):
        done = run("--config", file, *words)
        assert (done.returncode, done.stdout) == (78, "")
        assert f"{file}:2" in done.stderr
