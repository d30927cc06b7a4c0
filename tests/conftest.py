# SPDX-License-Identifier: Apache-2.0
"""What all stories share: labs that are taken down whatever happens, journals kept where a story failed."""
import hashlib
import pathlib
import signal
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent / "lib"))

from lab import ROOT, Lab  # noqa: E402

LABS = []
# Labs of several checkouts do not meet.
CHECKOUT = hashlib.sha256(str(ROOT).encode()).hexdigest()[:6]


def pytest_configure(config):
    """A run that is told to stop takes its labs down as one that is interrupted does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.fixture(scope="session")
def new_lab():
    """Makes labs; at the end all are taken down."""
    def make(name):
        lab = Lab(f"{name}-{CHECKOUT}")
        lab.down()  # what an interrupted run may have left
        LABS.append(lab)
        return lab
    yield make
    for lab in LABS:
        lab.down()
    LABS.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if report.failed:
        for lab in LABS:
            lab.save(ROOT / "build" / "test-logs" / item.name)
