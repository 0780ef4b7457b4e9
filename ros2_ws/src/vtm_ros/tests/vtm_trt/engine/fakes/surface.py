"""Classes with exactly the names that NVIDIA's bindings of one version have; every other name is an AttributeError."""

import json
import os
from enum import Enum
from pathlib import Path
from typing import Any

VERSION = os.environ["FAKE_TENSORRT"]
"""10.3 or 11.1."""
NAMES = json.loads((Path(__file__).parents[1] / "data" / f"tensorrt_{VERSION}.json").read_text())


def _absent(cls: type, name: str) -> bool:
    """Whether the version lacks the public `name` of a class. A class derived from one of these has its own names."""
    if name.startswith("_") or name == "mro" or cls.__module__ != "tensorrt":
        return False
    return name not in NAMES[cls.__name__]


class _Bound(type):
    def __getattribute__(cls, name: str) -> Any:
        if not name.startswith("_") and _absent(cls, name):
            raise AttributeError(f"{cls.__name__}.{name} is not in TensorRT {VERSION}")
        return super().__getattribute__(name)


class Surface(metaclass=_Bound):
    """Base of the fake's classes. Their own state has names with an underscore."""

    def __getattribute__(self, name: str) -> Any:
        if _absent(type(self), name):
            raise AttributeError(f"{type(self).__name__}.{name} is not in TensorRT {VERSION}")
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if _absent(type(self), name):
            raise AttributeError(f"{type(self).__name__}.{name} is not in TensorRT {VERSION}")
        super().__setattr__(name, value)


class _Enumeration(Enum):
    def __int__(self) -> int:
        return self.value


def enumeration(name: str) -> Any:
    """An enumeration of this version, which has no order and equals no other."""
    return _Enumeration(name, {member: value for value, member in enumerate(NAMES[name])})


def failing(what: str) -> bool:
    """Whether the test wants this to fail: FAKE_TENSORRT_FAILS is for this process and those that it starts."""
    return what in os.environ.get("FAKE_TENSORRT_FAILS", "").split(",")
