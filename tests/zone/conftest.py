# SPDX-License-Identifier: Apache-2.0
"""A zone of three booted hosts: controller (novazoned and novahostd), compute1 and compute2, shared by the stories."""
import pytest

from zone import Zone


@pytest.fixture(scope="session")
def booted_zone(new_lab):
    return Zone.set_up(new_lab("test-zone"))


@pytest.fixture
def zone(booted_zone):
    """As a story finds it: all hosts up and heard, nothing held."""
    booted_zone.reset()
    yield booted_zone
