"""Plans of a few bytes in a cache."""

from pathlib import Path

from hypothesis import HealthCheck, settings

from tests.vtm_trt.engine.plan_builder import KEY
from vtm_trt.engine.plan_cache import PlanKey, cached_plan

SMALL = b"a plan of few bytes"


in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


def no_build() -> bytes:
    raise AssertionError("this plan is in the cache")


def works(plan: bytes) -> None:
    pass


def get(folder: Path, key: PlanKey = KEY, plan: bytes = SMALL) -> bytes:
    return cached_plan(key, lambda: plan, works, folder)


def content(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}
