"""Who captures: Dask's workers, in this program or on other machines, by one and the same way.

Each thread of a worker has one video at a time, in a process of its own (`process.py`), so that Dask sees neither
crashes nor hangs. Its part is to hand videos to whoever is free, and those of a lost machine to another one.
"""

import logging
import re
import secrets
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from queue import Empty, SimpleQueue
from time import monotonic

import dask
from distributed import Client, KilledWorker, LocalCluster, get_worker

from vtm.errors import VtmError
from vtm_tools.batch.job import Job, Outcome, failed
from vtm_tools.batch.process import capture_here, end_all

ANSWERS_S = 10.0
"""Seconds for a scheduler to answer."""
COUNTED_S = 2.0
"""Seconds after which the workers are counted again."""
GPU = "GPU"
"""The resource of Dask that each video takes one of, where graphics cards are asked for."""
QUIET = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.tick.limit": "1h",
}
"""A program on its own serves no pages, and a busy machine is no reason for a warning."""


class Crew:
    """The workers of a Dask cluster.

    Args:
        client: Connected.
        gpus: Graphics cards of this machine to share, 0 for none; of other machines only whether it is more.
        is_here: Whether the workers are part of this program.
    """

    def __init__(self, client: Client, gpus: int, is_here: bool):
        self._client, self._gpus, self._is_here = client, gpus, is_here
        self._ended: SimpleQueue = SimpleQueue()
        self._jobs: dict[str, Job] = {}
        self._futures: dict[str, object] = {}
        self._numbers, self._run = count(), secrets.token_hex(4)
        self._slots, self._counted = 0, -COUNTED_S

    def slots(self) -> int:
        """How many videos the workers of this moment take at a time."""
        if monotonic() - self._counted >= COUNTED_S:
            workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
            able = [one for one in workers if not self._gpus or one["resources"].get(GPU, 0) >= 1]
            self._slots, self._counted = sum(one["nthreads"] for one in able), monotonic()
        return self._slots

    def submit(self, job: Job) -> None:
        """Give a video to whoever is free."""
        job = replace(job, run=self._run)
        key = f"capture-{self._run}-{next(self._numbers)}"
        self._jobs[key] = job
        future = self._client.submit(
            _capture, job, self._gpus if self._is_here else 0, key=key, pure=False,
            resources={GPU: 1} if self._gpus else None,
        )  # fmt: skip
        self._futures[key] = future
        future.add_done_callback(self._ended.put)

    def next(self, patience_s: float = 1.0) -> tuple[Job, Outcome] | None:
        """A video that has ended, and how; None where none ends for so long.

        Raises:
            VtmError: The scheduler is gone.
        """
        try:
            future = self._ended.get(timeout=patience_s)
        except Empty:
            return None
        self._futures.pop(future.key)
        return self._jobs.pop(future.key), _outcome_of(future)

    def stop(self) -> None:
        """End what still runs."""
        with suppress(Exception):  # whoever is gone has stopped
            self._client.cancel(list(self._futures.values()), force=True)
            self._client.run(end_all, self._run, on_error="ignore")


def _capture(job: Job, gpus: int) -> Outcome:
    """What a worker does."""
    return capture_here(job, str(get_worker().name % gpus) if gpus else "")


def _outcome_of(future) -> Outcome:
    try:
        return future.result()
    except KilledWorker as fault:
        return failed(f"its worker was lost again and again, at last {fault.last_worker.address}", killed=True)
    except CancelledError as fault:
        raise VtmError("the Dask scheduler is lost; start it again, then go on with --resume") from fault
    except Exception as fault:  # of the worker: another version of vtm, or none
        return failed(f"its worker cannot run it: {type(fault).__name__}: {fault}")


@contextmanager
def workers_here(workers: int, gpus: int, dashboard: bool) -> Iterator[tuple[Crew, str]]:
    """Workers within this program; nothing of it can be reached from other machines.

    Args:
        workers: How many.
        gpus: Graphics cards that they share in turn.
        dashboard: Whether Dask's pages are served, to this machine alone.

    Yields:
        The workers, and the address of the pages.
    """
    with dask.config.set({} if dashboard else QUIET):
        address = "127.0.0.1:0"
        cluster = LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=False, memory_limit=0, silence_logs=logging.CRITICAL,
            dashboard_address=address, worker_dashboard_address=address, resources={GPU: 1} if gpus else None,
        )  # fmt: skip
        with cluster, Client(cluster) as client:
            crew = Crew(client, gpus, is_here=True)
            try:
                yield crew, re.sub("//[^:/]+", "//127.0.0.1", client.dashboard_link) if dashboard else ""
            finally:
                crew.stop()


@contextmanager
def workers_of(scheduler: str, gpus: int) -> Iterator[tuple[Crew, str]]:
    """Workers of other programs and machines, which may come and go.

    Args:
        scheduler: Its address, such as tcp://server:8786.
        gpus: More than 0 for workers with a graphics card only.

    Yields:
        The workers, and the address of the scheduler's pages.

    Raises:
        VtmError: It cannot be reached.
    """
    try:
        client = Client(scheduler, timeout=ANSWERS_S, name="vtm batch")
    except (OSError, ValueError, TimeoutError) as fault:
        raise VtmError(
            f"no Dask scheduler answers at {scheduler}; start one with: dask scheduler, and give the address it prints"
        ) from fault
    with client:
        crew = Crew(client, gpus, is_here=False)
        try:
            yield crew, client.dashboard_link
        finally:
            crew.stop()
