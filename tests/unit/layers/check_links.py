#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Holds what the CMake targets link to rules.txt, and their includes to what they link. Usage: check_links.py ROOT

A target may link a library of a folder only where rules.txt lets its own folder use all of that one. And what it
includes of a folder it links, itself or through the USES of what it links; a single header that a rule names (an
interface, plain structs) needs no library.
"""
import pathlib
import re
import sys

from check_layers import INCLUDE, TOP, read_rules

COMMAND = re.compile(r"^(nova_library|target_link_libraries|add_executable)\(\s*(\w+)([^)]*)\)", re.M)
WORDS = {"SOURCES", "USES", "PRIVATE_USES", "PUBLIC", "PRIVATE", "INTERFACE"}


class Target:
    def __init__(self, folder):
        self.folder, self.sources, self.public, self.private = folder, [], [], []

    @property
    def links(self):
        return self.public + self.private


def read_targets(root):
    """Every target of the folders, by name."""
    targets = {}
    for file in sorted(root.glob("**/CMakeLists.txt")):
        folder = str(file.parent.relative_to(root))
        if folder.split("/")[0] not in TOP:
            continue
        for command, name, text in COMMAND.findall(re.sub(r"#.*", "", file.read_text())):
            target = targets.setdefault(name, Target(folder))
            section = "SOURCES"
            for word in text.split():
                if word in WORDS:
                    section = word
                elif section == "SOURCES":
                    target.sources.append(word)
                else:
                    (target.public if section in ("USES", "PUBLIC") else target.private).append(word)
    return targets


def reach(targets, target):
    """The folders whose libraries it has, by its own links and their public ones."""
    found, todo = set(), list(target.links)
    while todo:
        name = todo.pop()
        if name in targets and name not in found:
            found.add(name)
            todo += targets[name].public
    return {targets[name].folder for name in found}


def includes_of(root, target):
    """Our headers that its sources and their own headers include."""
    for source in target.sources:
        for path in {root / target.folder / source, (root / target.folder / source).with_suffix(".hpp")}:
            if path.is_file():
                yield from ((path.relative_to(root), header) for mark, header in INCLUDE.findall(path.read_text())
                            if mark == '"' and "/" in header)


def complaints(root, rules):
    targets = read_targets(root)
    for name, target in sorted(targets.items()):
        rule = rules[target.folder]
        for linked in target.links:
            other = targets[linked].folder if linked in targets else target.folder
            if other not in rule.ours | {target.folder}:
                yield f"{target.folder}/CMakeLists.txt: {name} may not link {linked}: {target.folder} may not use {other}"
        reached = reach(targets, target) | {target.folder}
        for path, header in includes_of(root, target):
            if header.rpartition("/")[0] not in reached and header not in rule.ours:
                yield f'{path}: includes "{header}", but {name} links no library of its folder'


if __name__ == "__main__":
    tree = pathlib.Path(sys.argv[1])
    found = list(complaints(tree, read_rules(tree)))
    print("\n".join(found) or "every link is allowed, and what is included is linked")
    sys.exit(bool(found))
