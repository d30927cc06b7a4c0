#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The last line of tests/run: what was run is counted, what could not be run never passes."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

LIB = pathlib.Path(__file__).resolve().parents[2] / "lib"


def python(program, *args):
    return subprocess.run([sys.executable, "-B", LIB / program, *map(str, args)], capture_output=True, text=True, check=False)


class Count(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def case(self, suite, *command):
        return python("case.py", suite, f"{suite} holds", self.folder, *command)

    def count(self, broken=0):
        done = python("count.py", broken, *sorted(self.folder.glob("*.xml")))
        return done.returncode, done.stdout.splitlines()

    def test_a_command_that_succeeds_is_one_test_passed(self):
        self.assertEqual(self.case("format", "true").returncode, 0)
        self.assertEqual(self.count(), (0, ["1 passed, 0 failed"]))

    def test_a_command_that_fails_is_one_test_failed_and_says_why(self):
        self.case("format", "true")
        done = self.case("lintian", "sh", "-c", "echo 'W: a \033[1mtag\033[0m <&>'; exit 3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("W: a [1mtag[0m <&>\nlintian holds: exit 3", done.stdout)
        self.assertEqual(self.count(), (1, ["FAILED lintian: lintian holds", "1 passed, 1 failed"]))

    def test_a_command_that_is_not_there_is_one_test_failed(self):
        self.assertIn("cannot run /nowhere/tool", self.case("tidy", "/nowhere/tool").stdout)
        self.assertEqual(self.count()[1][-1], "0 passed, 1 failed")

    def test_nothing_run_is_a_failure(self):
        self.assertEqual(self.count(), (1, ["FAILED nothing was run", "0 passed, 1 failed"]))

    def test_a_file_that_cannot_be_read_is_a_failure(self):
        self.case("format", "true")
        (self.folder / "half.xml").write_text("<testsuite><testcase")
        code, lines = self.count()
        self.assertEqual((code, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("half.xml", "\n".join(lines))

    def test_a_runner_that_failed_is_a_failure_though_its_file_tells_of_none(self):
        self.case("unit", "true")
        self.assertEqual(self.count(broken=1), (1, ["FAILED a runner", "1 passed, 1 failed"]))


if __name__ == "__main__":
    unittest.main()
