# SPDX-License-Identifier: Apache-2.0
"""Adds up JUnit files: count.py BROKEN FILE... prints what failed and, last, "N passed, N failed".

BROKEN is 1 where a runner (ctest, pytest) failed; unless a file tells of a failure, it counts as one.
"""
import sys
import xml.etree.ElementTree as ET


def main(broken, files):
    passed, failed = 0, []
    for file in files:
        try:
            cases = list(ET.parse(file).iter("testcase"))
        except (OSError, ET.ParseError) as error:
            failed.append(f"{file}: {error}")
            continue
        for case in cases:
            bad = any(case.find(tag) is not None for tag in ("failure", "error", "skipped"))
            if bad or case.get("status") in ("fail", "disabled", "notrun"):
                failed.append(f"{case.get('classname')}: {case.get('name')}")
            else:
                passed += 1
    if broken and not failed:
        failed.append("a runner")
    if not passed and not failed:
        failed.append("nothing was run")
    for name in failed:
        print("FAILED", name)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] == "1", sys.argv[2:]))
