# SPDX-License-Identifier: Apache-2.0
"""Runs a command as one test: case.py SUITE NAME DIRECTORY COMMAND...

DIRECTORY gets SUITE.xml (JUnit) and, of what the command said, SUITE.log; the end of it is shown where it failed.
"""
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree as ET


def run(command, log):
    """Its exit code; what it says goes to the log."""
    with open(log, "wb") as out:
        try:
            return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False).returncode
        except OSError as error:
            out.write(f"cannot run {command[0]}: {error.strerror}\n".encode())
            return 127


def main(suite, name, directory, *command):
    folder = pathlib.Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    log, begin = folder / f"{suite}.log", time.monotonic()
    code = run(command, log)
    told = log.read_text(errors="replace")
    case = ET.Element("testcase", classname=suite, name=name, time=f"{time.monotonic() - begin:.1f}")
    if code:
        end = "\n".join(told.splitlines()[-60:])
        printable = "".join(c for c in end if c.isprintable() or c in "\n\t")
        ET.SubElement(case, "failure", message=f"exit {code}").text = printable
        print(f"{printable}\n{name}: exit {code}, all of it in {log}")
    tree = ET.Element("testsuite", name=suite, tests="1", failures="1" if code else "0")
    tree.append(case)
    ET.ElementTree(tree).write(folder / f"{suite}.xml", encoding="utf-8", xml_declaration=True)
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
