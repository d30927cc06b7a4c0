#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every #include to rules.txt. Usage: check_layers.py ROOT"""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
COMMENT = re.compile(r"//.*")
CLOCK = re.compile(r"_clock::now|clock_gettime|gettimeofday|\btime\(nullptr\)")

POSIX = {"arpa", "netinet", "netdb.h", "sys", "unistd.h", "fcntl.h", "pwd.h", "grp.h", "signal.h", "syslog.h",
         "getopt.h", "ifaddrs.h", "poll.h", "sysexits.h", "time.h", "csignal"}
LOCKS = {"mutex", "shared_mutex", "condition_variable"}
THREADS = LOCKS | {"thread", "future", "stop_token", "semaphore", "latch", "barrier", "pthread.h"}
# What of the standard library touches files, the terminal, clocks or chance.
NOT_FOR_CORES = THREADS | {"atomic", "fstream", "iostream", "filesystem", "ctime", "csignal", "random", "cstdlib"}
OUTSIDE = {"uuid": {"uuid"}, "inih": {"ini.h"}, "openssl": {"openssl"}, "nlohmann": {"nlohmann"}, "zlib": {"zlib.h"},
           "systemd": {"systemd"}, "sdbus-c++": {"sdbus-c++"}, "curl": {"curl"}, "fnmatch": {"fnmatch.h"},
           "SQLiteCpp": {"SQLiteCpp"}, "sqlite": {"sqlite3.h"}, "pistache": {"pistache"}, "CLI11": {"CLI"},
           "posix": POSIX, "figures": {"atomic"}, "threads": THREADS, "locks": LOCKS, "core": set()}


class Rule:
    def __init__(self, line):
        folder, *words = re.split(r"\s{2,}", line.strip())
        self.folder = folder
        self.ours = set(words[0].split()) - {"-"}
        self.besides = set(words[1].split()) - {"-"}
        self.core = "core" in self.besides
        unknown = self.besides - OUTSIDE.keys()
        if unknown:
            sys.exit(f"rules.txt: {folder}: no such kind of header: {', '.join(sorted(unknown))}")
        self.outside = set().union(*(OUTSIDE[word] for word in self.besides))

    def refuses_ours(self, header):
        folder = header.rpartition("/")[0]
        return folder not in self.ours | {self.folder} and header not in self.ours

    def refuses_outside(self, header):
        first = header.split("/")[0]
        if first in self.outside:
            return False
        standard = re.fullmatch(r"[a-z_0-9]+", header) and first not in THREADS | POSIX
        return not standard or (self.core and first in NOT_FOR_CORES)


def read_rules(root):
    text = (root / "tests/unit/layers/rules.txt").read_text()
    return {rule.folder: rule for rule in
            (Rule(line) for line in text.splitlines() if line.strip() and not line.startswith("#"))}


def complaints(root, rules):
    for source in sorted(p for p in root.rglob("*.[ch]pp") if p.relative_to(root).parts[0] in TOP):
        path = source.relative_to(root)
        folder = str(path.parent)
        rule = rules.get(folder)
        if rule is None:
            yield f"{path}: folder {folder} has no line in tests/unit/layers/rules.txt"
            continue
        text = source.read_text()
        for mark, header in INCLUDE.findall(text):
            ours = mark == '"'
            if ours and "/" in header and rule.refuses_ours(header):
                yield f'{path}: {folder} may not use "{header}" (of ours: {" ".join(sorted(rule.ours)) or "nothing"})'
            if not ours and rule.refuses_outside(header):
                yield f"{path}: {folder} may not use <{header}> (besides: {' '.join(sorted(rule.besides)) or 'std'})"
        if rule.core and CLOCK.search(COMMENT.sub("", text)):
            yield f"{path}: {folder} may not look at a clock: time is an argument"


TOP = {"model", "config", "pki", "daemon", "rest"}

if __name__ == "__main__":
    tree = pathlib.Path(sys.argv[1])
    found = list(complaints(tree, read_rules(tree)))
    print("\n".join(found) or "every #include is allowed")
    sys.exit(bool(found))
