# SPDX-License-Identifier: Apache-2.0
"""Adds up JUnit files: count.py BROKEN FILE... prints what failed and, last, "N passed, N failed".

BROKEN is 1 where a step failed that no file tells of (a build, a runner); it counts as one failure.
"""
import sys
import xml.etree.ElementTree as ET


def cases(file):
    try:
        yield from ET.parse(file).iter("testcase")
    except (OSError, ET.ParseError) as error:
        print(f"cannot read {file}: {error}")


def main(broken, files):
    passed, failed = 0, []
    for file in files:
        for case in cases(file):
            bad = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
            if bad or case.get("status") in ("fail", "disabled", "notrun"):
                failed.append(f"{case.get('classname')}: {case.get('name')}")
            else:
                passed += 1
    if broken and not failed:
        failed.append("a build or a runner")
    if not passed and not failed:
        failed.append("nothing was run")
    for name in failed:
        print("FAILED", name)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] == "1", sys.argv[2:]))
