"""Asks the cache for one plan, in a process of its own: `plan_builder.py FOLDER LOG [FAULT]`.

LOG gets a line for each build. FAULT is one of
    linger      the build ends with standard input
    kill:EVENT  SIGKILL at this audit event after the build, such as os.rename
    kill        killed by the system when half of the plan is written
    full        no file may become as large as the plan
    nobody      whom permissions stop, unlike root
"""

import os
import resource
import signal
import sys
from pathlib import Path

from vtm_trt.engine.plan_cache import PlanKey, cached_plan

KEY = PlanKey("vtm", {"tensorrt": "10.3.0.26", "gpu": "Orin", "multiprocessors": 8})
PLAN = bytes(range(256)) * 2048
NOBODY = 65534


def main(folder: str, log: str, fault: str = "") -> None:
    if fault == "nobody" and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)

    def build() -> bytes:
        with open(log, "a") as file:
            file.write(f"{os.getpid()}\n")
        if fault == "linger":
            print("building", flush=True)
            sys.stdin.read()
        elif fault.startswith("kill:"):
            kill_at(fault.removeprefix("kill:"))
        elif fault in ("kill", "full"):
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if fault == "kill" else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(PLAN) // 2, len(PLAN) // 2))
        return PLAN

    plan = cached_plan(KEY, build, lambda plan: None, Path(folder))
    print("whole" if plan == PLAN else "wrong")


def kill_at(event: str) -> None:
    def watch(name: str, _arguments: tuple) -> None:
        if name == event:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)


if __name__ == "__main__":
    main(*sys.argv[1:])
