"""The profile of a robot: a short YAML file, in which all but the links may be left out."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from vtm.errors import VtmError
from vtm.files.atomic_file import atomic_file
from vtm_robot.model.capsules import Capsule
from vtm_robot.profile.segments import GROUPS, PERSON

HEAD = "# How a robot follows a person: docs/robots.md says what each line means. All but `links` may be left out.\n"


@dataclass(frozen=True)
class Weights:
    """How much each wish counts.

    Attributes:
        direction: Where bones of the limbs point.
        twist: How they are turned about themselves.
        hand: How hands and feet are turned.
        chest: How the chest is turned.
        head: How the head is turned.
        hand_position: That hands are where the person's are, from the shoulder in lengths of the arm.
        posture: That joints which nothing moves come back to `rest`.
    """

    direction: float = 1.0
    twist: float = 0.2
    hand: float = 0.2
    chest: float = 2.0
    head: float = 0.4
    hand_position: float = 0.0
    posture: float = 0.1


@dataclass(frozen=True)
class Limits:
    """What no command exceeds.

    Attributes:
        velocity_scale: Share of the URDF's speeds.
        velocity: rad/s (m/s of joints that slide), at most.
        acceleration: rad/s² (m/s²).
        margin: rad (m) from the ends of the URDF's ranges.
        distance: Metres that capsules keep.
    """

    velocity_scale: float = 0.8
    velocity: float = 8.0
    acceleration: float = 60.0
    margin: float = 0.03
    distance: float = 0.02


@dataclass(frozen=True, eq=False)
class Profile:
    """What of a robot follows what of a person.

    Attributes:
        links: Segment (`vtm_robot.profile.segments.PERSON`) to link.
        name: What the robot is called.
        urdf: The robot's file, relative to the profile's.
        forward_deg: Where the robot looks, degrees from its base's x towards its y.
        groups: Those that follow; all else rests.
        t_pose: The angles, rad, in which it stands as the person does at rest; None to find them.
        rest: Where joints rest, rad; 0 for those not named.
        weights: How much each wish counts.
        limits: What no command exceeds.
        capsules: None to draft them.
        workspace: Hand to its box, the lower and the upper corner (2, 3) m in base axes.
    """

    links: dict[str, str]
    name: str = "robot"
    urdf: str | None = None
    forward_deg: float = 0.0
    groups: tuple[str, ...] = ("arms", "trunk", "head")
    t_pose: dict[str, float] | None = None
    rest: dict[str, float] = field(default_factory=dict)
    weights: Weights = Weights()
    limits: Limits = Limits()
    capsules: tuple[Capsule, ...] | None = None
    workspace: dict[str, np.ndarray] = field(default_factory=dict)

    def save(self, path: str | Path) -> None:
        """Write it as YAML.

        Args:
            path: The file, which appears whole or not at all.
        """
        with atomic_file(path) as part:
            part.write_text(HEAD + yaml.safe_dump(self._plain(), sort_keys=False, width=120), encoding="utf-8")

    def _plain(self) -> dict[str, Any]:
        plain: dict[str, Any] = {"name": self.name, "urdf": self.urdf, "forward_deg": self.forward_deg}
        plain |= {"groups": list(self.groups), "links": self.links}
        plain |= {"t_pose": self.t_pose, "rest": self.rest or None}
        plain |= {"weights": asdict(self.weights), "limits": asdict(self.limits)}
        if self.capsules is not None:
            plain["capsules"] = [
                {"name": one.name, "link": one.link, "start": _rounded(one.start), "end": _rounded(one.end),
                 "radius": round(one.radius, 4)}
                for one in self.capsules
            ]  # fmt: skip
        if self.workspace:
            plain["workspace"] = {hand: [_rounded(corner) for corner in box] for hand, box in self.workspace.items()}
        return {key: value for key, value in plain.items() if value is not None}

    @classmethod
    def load(cls, path: str | Path) -> "Profile":
        """Read a profile, written by `save` or by hand.

        Args:
            path: The YAML file.

        Raises:
            VtmError: It is missing, is no YAML, or holds what no profile has.
        """
        try:
            given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise VtmError(f"cannot read {path}: {error.strerror or error}; write one with vtm robot") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise VtmError(f"{path} is no YAML; write a profile with vtm robot") from error
        try:
            return cls(**_parsed(given))
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise VtmError(f"{path} is no profile of a robot: {error}; compare it with one of vtm robot") from error


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 4) for value in values]


def _parsed(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict) or not isinstance(given.get("links"), dict):
        raise ValueError("it has no `links`")
    known = {one.name for one in fields(Profile)}
    for keys, allowed, what in (
        (given, known, "key"), (given["links"], PERSON, "segment"), (given.get("groups") or (), GROUPS, "group"),
        (given.get("workspace") or (), ("left_hand", "right_hand"), "hand"),
    ):  # fmt: skip
        unknown = [str(key) for key in keys if key not in allowed]
        if unknown:
            raise ValueError(f"there is no {what} {', '.join(unknown)} (there are {', '.join(allowed)})")
    parsed = {key: value for key, value in given.items() if value is not None}
    if "groups" in parsed:
        parsed["groups"] = tuple(parsed["groups"])
    for key, kind in (("weights", Weights), ("limits", Limits)):
        parsed[key] = kind(**{name: _positive(name, value) for name, value in parsed.get(key, {}).items()})
    for key in ("t_pose", "rest"):
        if key in parsed:
            parsed[key] = {str(joint): float(angle) for joint, angle in parsed[key].items()}
    if "capsules" in parsed:
        parsed["capsules"] = tuple(
            Capsule(one["name"], one["link"], _point(one["start"]), _point(one["end"]), float(one["radius"]))
            for one in parsed["capsules"]
        )
    if "workspace" in parsed:
        parsed["workspace"] = {hand: np.stack([_point(p) for p in box]) for hand, box in parsed["workspace"].items()}
    return parsed


def _positive(name: str, value: Any) -> float:
    number = float(value)
    if not (np.isfinite(number) and number >= 0):
        raise ValueError(f"{name} is {value}, not a number from 0 on")
    return number


def _point(values: Any) -> np.ndarray:
    point = np.array(values, float)
    if point.shape != (3,) or not np.isfinite(point).all():
        raise ValueError(f"{values} are not three numbers")
    return point
