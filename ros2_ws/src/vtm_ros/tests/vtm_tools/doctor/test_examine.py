"""Probes that fail, hang, crash or talk harm no other."""

import faulthandler
import os
import signal
import time

import pytest

from vtm_tools.doctor.examine import examine
from vtm_tools.doctor.finding import Finding, Place, Probe

LIMIT_S = 3.0


def good(_: Place):
    yield Finding("topic", "good", "there")


def failing(_: Place):
    yield Finding("topic", "half", "there")
    raise OSError("the sensor\nis upside down")


def hanging(_: Place):
    time.sleep(3600)
    yield from ()


def crashing(_: Place):
    faulthandler.disable()
    os.kill(os.getpid(), signal.SIGSEGV)
    yield from ()


def leaving(_: Place):
    os._exit(0)
    yield from ()


def loud(_: Place):
    os.write(1, b"noise")
    yield from good(_)


@pytest.mark.parametrize(
    ("find", "reason"),
    [
        (failing, "unknown: the sensor is upside down"),
        (hanging, f"unknown: no answer within {LIMIT_S:g} s"),
        (crashing, "unknown: it crashed (SIGSEGV)"),
        (leaving, "unknown: it gave no answer"),
    ],
)
@pytest.mark.parametrize("needed", [True, False])
def test_a_bad_probe_harms_no_other(find, reason, needed, monkeypatch):
    if find is hanging:
        monkeypatch.setattr("vtm_tools.doctor.examine.LIMIT_S", LIMIT_S)
    probes = [Probe("topic", "one", good), Probe("topic", "bad", find, needed), Probe("topic", "two", good)]
    findings = list(examine(probes, Place()))
    bad = Finding("topic", "bad", reason, "broken" if needed else "lacking")
    assert findings == [Finding("topic", "good", "there"), bad, Finding("topic", "good", "there")]


def test_probes_are_silent(capfd):
    assert len(list(examine([Probe("topic", "loud", loud)], Place()))) == 1
    assert capfd.readouterr() == ("", "")
