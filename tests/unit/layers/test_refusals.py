#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The checks of the layers can fail: each of these lines and links, put into a folder, is refused."""
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check_layers  # noqa: E402
import check_links  # noqa: E402

REFUSED = [
    ("model", "#include <sdbus-c++/sdbus-c++.h>"),
    ("model", "#include <thread>"),
    ("model", "#include <fstream>"),
    ("model", '#include "daemon/host/host.hpp"'),
    ("model", "auto now = std::chrono::system_clock::now();"),
    ("daemon/host", "#include <systemd/sd-event.h>"),
    ("daemon/host", "#include <nlohmann/json.hpp>"),
    ("daemon/host", "#include <mutex>"),
    ("daemon/host", '#include "daemon/systemd/watcher.hpp"'),
    ("daemon/host", '#include "rest/protocol/messages.hpp"'),
    ("daemon/objects", '#include "daemon/systemd/control.hpp"'),
    ("daemon/systemd", '#include "daemon/objects/objects.hpp"'),
    ("daemon/federation", '#include "daemon/store/file_store.hpp"'),
    ("daemon/federation", '#include "rest/zone/zone.hpp"'),
    ("rest/zone", "#include <pistache/http.h>"),
    ("rest/zone", "#include <ctime>"),
    ("rest/zone", '#include "rest/protocol/codec.hpp"'),
    ("rest/store", '#include "rest/http/api.hpp"'),
    ("rest/federation", "#include <pistache/http.h>"),
    ("rest/http", '#include "rest/store/store.hpp"'),
    ("rest/http", '#include "rest/writer/zone_writer.hpp"'),
    ("rest/http", '#include "daemon/host/host.hpp"'),
    ("rest/elsewhere", "#include <string>"),
]
TAKEN = [
    ("model", "#include <expected>"),
    ("model", "// a comment may name std::chrono::system_clock::now()"),
    ("daemon/host", '#include "model/hold.hpp"'),
    ("rest/zone", '#include "rest/protocol/messages.hpp"'),
    ("rest/http", "#include <pistache/http.h>"),
]


class Layers(unittest.TestCase):
    def complaints(self, folder, line):
        with tempfile.TemporaryDirectory() as tree:
            source = pathlib.Path(tree, folder, "made_up.cpp")
            source.parent.mkdir(parents=True)
            source.write_text(line + "\n")
            return list(check_layers.complaints(pathlib.Path(tree), check_layers.read_rules(ROOT)))

    def test_what_is_against_the_rules_is_refused_with_its_place(self):
        for folder, line in REFUSED:
            with self.subTest(folder=folder, line=line):
                self.assertEqual(len(found := self.complaints(folder, line)), 1, found)
                self.assertTrue(found[0].startswith(f"{folder}/made_up.cpp: "))

    def test_what_is_within_the_rules_is_not(self):
        for folder, line in TAKEN:
            with self.subTest(folder=folder, line=line):
                self.assertEqual(self.complaints(folder, line), [])

    def link_complaints(self, folder, uses, line=""):
        """Of a library in the folder that uses these, beside one library in each of two other folders."""
        with tempfile.TemporaryDirectory() as made:
            tree = pathlib.Path(made)
            for where, text in {"model": "model SOURCES m.cpp", "rest/writer": "zone_writer SOURCES w.cpp USES model",
                                folder: f"made_up SOURCES made_up.cpp\n  {uses}"}.items():
                (tree / where).mkdir(parents=True, exist_ok=True)
                (tree / where / "CMakeLists.txt").write_text(f"nova_library({text})\n")
            (tree / folder / "made_up.cpp").write_text(line + "\n")
            return list(check_links.complaints(tree, check_layers.read_rules(ROOT)))

    def test_a_link_against_the_rules_is_refused(self):
        self.assertEqual(self.link_complaints("rest/http", "USES model PRIVATE_USES zone_writer"), [
            "rest/http/CMakeLists.txt: made_up may not link zone_writer: rest/http may not use rest/writer"])
        self.assertEqual(self.link_complaints("rest", "USES zone_writer PkgConfig::systemd"), [])

    def test_what_is_included_is_linked(self):
        (found,) = self.link_complaints("rest", "USES model", '#include "rest/writer/zone_writer.hpp"')
        self.assertIn('made_up.cpp: includes "rest/writer/zone_writer.hpp", but made_up links no library', found)
        self.assertEqual(self.link_complaints("rest", "USES zone_writer", '#include "rest/writer/zone_writer.hpp"'), [])
        self.assertEqual(self.link_complaints("rest", "USES zone_writer", '#include "model/hold.hpp"'), [])
        self.assertEqual(self.link_complaints("rest/http", "USES model", '#include "rest/writer/writer.hpp"'), [])


if __name__ == "__main__":
    unittest.main()
