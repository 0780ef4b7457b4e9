"""What capture itself needs: its networks, and something that runs them."""

from collections.abc import Iterator

from vtm.errors import VtmError
from vtm_tools.doctor.finding import Finding, Place
from vtm_trt.engine.backends import choices
from vtm_trt.engine.models import APART, is_installed, model_path, models_folder, networks
from vtm_trt.engine.plan_cache import cache_folder, known_plans

TOPIC, BACKENDS = "engine", "backends, in order of preference"


def find_networks(_: Place) -> Iterator[Finding]:
    """The networks, and whether their files are intact."""
    names = [path.stem for path in networks()]
    good = 0
    for name in names:
        try:
            model_path(name)
            good += 1
        except VtmError as fault:
            what, remedy = str(fault).split("; ", 1)
            yield Finding(TOPIC, name, what, "broken", remedy)
    if good:
        yield Finding(TOPIC, "networks", f"{good} of {len(names)} intact, in {models_folder()}")
    for name, package in APART.items():
        if not is_installed(name):
            yield Finding(TOPIC, name, f"none; it is in the package {package}", "absent")


def find_backends(_: Place) -> Iterator[Finding]:
    """What runs the networks when nobody chooses, and why not the others."""
    known = choices()
    used = next((choice.name for choice in known if choice.by_auto), None)
    for choice in known:
        if choice.fault:
            yield Finding(BACKENDS, choice.name, choice.fault, "absent")
        elif choice.by_auto:
            yield Finding(BACKENDS, choice.name, "works, and will be used: the first in order that works")
        else:
            yield Finding(BACKENDS, choice.name, f"works, when chosen: --backend {choice.name}")
    if used is None:
        remedy = "python3 -m pip install onnxruntime"
        yield Finding(BACKENDS, "auto", "none works", "broken", remedy)


def find_plans(_: Place) -> Iterator[Finding]:
    """The engines that TensorRT has built."""
    plans = known_plans()
    if not plans:
        yield Finding(TOPIC, "TensorRT plans", f"none in {cache_folder()}", "absent")
    for plan in plans:
        value = f"{plan.bytes / 1e6:.1f} MB, built {plan.built:%Y-%m-%d %H:%M}"
        yield Finding(TOPIC, f"plan {plan.model}", value)
