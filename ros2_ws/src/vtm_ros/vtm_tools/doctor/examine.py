"""Probes, one after the other, each in a process of its own: whatever it does, the others are not harmed."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from multiprocessing import get_context
from multiprocessing.connection import Connection
from signal import Signals

from vtm_tools.doctor.finding import Finding, Place, Probe

LIMIT_S = 10.0
"""A busy small computer takes some seconds to load what a probe needs."""


def examine(probes: Iterable[Probe], place: Place) -> Iterator[Finding]:
    """Run probes, one after the other.

    Args:
        probes: One that fails, crashes or takes longer than LIMIT_S gives its reason instead.
        place: Where to look.

    Yields:
        What they find.
    """
    for probe in probes:
        findings, reason = _apart(probe, place)
        yield from findings
        if reason:
            yield Finding(probe.topic, probe.name, f"unknown: {reason}", "broken" if probe.needed else "lacking")


def _apart(probe: Probe, place: Place) -> tuple[list[Finding], str]:
    """The findings, or none and why."""
    # A copy of this process starts at once, and nothing here has touched a GPU that the copy could not share.
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(probe, place, sending), daemon=True)
    process.start()
    sending.close()
    try:
        if not receiving.poll(LIMIT_S):
            return [], f"no answer within {LIMIT_S:g} s"
        found, reason = json.loads(receiving.recv_bytes())
        return [Finding(**one) for one in found], reason
    except EOFError:
        process.join()
        return [], f"it crashed ({Signals(-process.exitcode).name})" if process.exitcode else "it gave no answer"
    finally:
        process.kill()
        process.join()


def _answer(probe: Probe, place: Place, sending: Connection) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(silence, stream)
    found, reason = [], ""
    try:
        found = [asdict(one) for one in probe.find(place)]
    except Exception as fault:
        reason = " ".join(str(fault).split()) or type(fault).__name__
    sending.send_bytes(json.dumps([found, reason]).encode())
