"""The flat training configuration and its YAML file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import yaml

from vtm.errors import VtmError
from vtm.nets.image_features import image_features
from vtm.nets.vtm import VtmConfig
from vtm.samples.augment import Variety


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run; `config/train.yaml` says what each line means."""

    seed: int
    channels: int
    latent: int
    window: int
    encoder: str
    two_parts: bool
    virtual_skeleton: bool
    refine_steps: int
    image: str
    render_share: float
    batch: int
    frames: int
    val_windows: int
    prior_steps: int
    steps: int
    cooldown: float
    learning_rate: float
    weight_decay: float
    noise: float
    measured: float
    mirror: float
    time_warp: float
    recombine: float
    perturb: float
    proportions: float
    stand: float
    exchange: float
    wrong_focal: float
    weight_root: float
    weight_non_root: float
    weight_global: float
    weight_mode: float
    weight_depth: float
    weight_depth_speed: float
    weight_depth_rate: float
    weight_position: float
    weight_lateral: float
    weight_speed: float
    weight_smooth: float
    weight_alignment: float
    weight_bone: float
    weight_prior: float
    weight_decoded: float
    weight_ahead: float
    weight_contact: float

    @classmethod
    def load(cls, path: Path, changes: Sequence[str] = ()) -> "TrainConfig":
        """Read a YAML file that has exactly the fields of this class.

        Args:
            path: The file.
            changes: What is otherwise than there, like "batch=256".

        Raises:
            VtmError: It is missing, or there are other lines or values of another type.
        """
        lines = [": ".join(change.split("=", 1)) for change in changes]
        try:
            values = yaml.safe_load(path.read_text())
            for line in lines if isinstance(values, dict) else ():
                values |= yaml.safe_load(line)
        except (OSError, yaml.YAMLError, TypeError, ValueError) as error:
            raise VtmError(f"cannot read the training configuration {path}: {error}") from error
        names = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or set(values) != names:
            wrong = names ^ set(values) if isinstance(values, dict) else names
            raise VtmError(f"{path} must have exactly the lines of config/train.yaml; check {', '.join(sorted(wrong))}")
        switches = [field.name for field in fields(cls) if field.type is bool]
        for name in names:
            if isinstance(values[name], bool) != (name in switches):
                raise VtmError(
                    f"{path}: {name} must be {'true or false' if name in switches else 'a number or a name'}"
                )
        try:
            return cls(**{field.name: field.type(values[field.name]) for field in fields(cls)})  # type: ignore[operator]
        except (TypeError, ValueError) as error:
            raise VtmError(f"{path} has a value that is no number: {error}") from error

    @property
    def net(self) -> VtmConfig:
        """Sizes of the network."""
        return VtmConfig(
            channels=self.channels,
            latent=self.latent,
            window=self.window,
            encoder=self.encoder,
            two_parts=self.two_parts,
            refine_steps=self.refine_steps,
            image_channels=image_features(self.image).channels,
        )

    @property
    def variety(self) -> Variety:
        """How the motion is varied."""
        return Variety(**{field.name: getattr(self, field.name) for field in fields(Variety)})

    @property
    def weights(self) -> dict[str, float]:
        """The loss weights, without their prefix."""
        return {
            name[7:]: value
            for name, value in asdict(self).items()
            if name.startswith("weight_") and name != "weight_decay"
        }
