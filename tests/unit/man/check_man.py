#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds a daemon's man pages to the daemon: every option of --help and every key of its configuration table is
documented, and nothing else is; so is its exit status. Usage: check_man.py ROOT PROGRAM CONFIG_SOURCE"""
import pathlib
import re
import subprocess
import sys

root, program, config_source = (pathlib.Path(word) for word in sys.argv[1:4])
name = program.name


def page(section):
    return (root / "packaging/man" / f"{name}{section}").read_text()


def options_of_help():
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"--[a-z][a-z-]+", text))


def options_of_man():
    """The options with an entry of their own: a line after .TP in the section OPTIONS."""
    section = re.search(r"^\.SH OPTIONS\n(.*?)^\.SH", page(".8"), re.M | re.S).group(1)
    entries = re.findall(r"^\.TP\n(.*)$", section, re.M)
    return set(re.findall(r"--[a-z][a-z-]+", "\n".join(entries).replace("\\", "")))


def keys_of_source():
    return set(re.findall(r'\{\{"(\w+)", "(\w+)"\}', config_source.read_text()))


def keys_of_man():
    found, section = set(), None
    for line in page(".conf.5").splitlines():
        if match := re.fullmatch(r"\.SH (?:\[(\w+)\]|.*)", line):
            section = match.group(1)
        elif section and (match := re.fullmatch(r"\.B (\w+)=", line)):
            found.add((section, match.group(1)))
    return found


def warnings():
    for section in (".8", ".conf.5"):
        said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                               root / "packaging/man" / f"{name}{section}"],
                              capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "MANWIDTH": "100",
                                                                   "PATH": "/usr/bin:/bin"})
        yield from said.stderr.splitlines()


complaints = [f"{name}.8 does not tell of {option}" for option in sorted(options_of_help() - options_of_man())]
complaints += [f"{name} --help does not tell of {option}" for option in sorted(options_of_man() - options_of_help())]
complaints += [f"{name}.conf.5 does not tell of {key}= in [{section}]"
               for section, key in sorted(keys_of_source() - keys_of_man())]
complaints += [f"{name} does not know {key}= in [{section}], which {name}.conf.5 tells of"
               for section, key in sorted(keys_of_man() - keys_of_source())]
if ".SH EXIT STATUS" not in page(".8"):
    complaints.append(f"{name}.8 does not tell of its exit status")
complaints += warnings()
if not keys_of_source():
    complaints.append(f"{config_source} has no table of keys that this test can read")
print("\n".join(complaints) or f"the man pages of {name} tell of all options and keys")
sys.exit(bool(complaints))
