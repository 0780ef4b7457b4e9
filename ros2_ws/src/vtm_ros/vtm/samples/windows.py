"""Batches of training windows: motion, body and camera in; exact targets and noisy 2D observations out."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from vtm.body.kinematics import forward_kinematics
from vtm.body.pose_features import POSE_CHANNELS
from vtm.body.rotations import rot6d_from_matrix
from vtm.body.skeleton import LIMB_BONES, LIMB_SHARE, LOWER, NUM_JOINTS
from vtm.camera import SEEN
from vtm.metrics.feet import CONTACT_SPEED
from vtm.nets.body import keypoints_on_body, offsets_from_ratio
from vtm.nets.tpmae import MotionCode
from vtm.samples import augment, noise, standing, virtual_camera
from vtm.samples.augment import Variety
from vtm.samples.clips import Clips
from vtm.samples.proportions import adults

STRIDES = torch.tensor([1, 2, 2, 3, 4, 6, 10])
"""Of recordings at 60 frames/s: cameras at 60 to 6."""
FEET = [17, 19, 18, 20]
"""The keypoints whose contact is told: left heel, left toe, right heel, right toe."""


@dataclass
class Windows:
    """A batch of B windows of T frames: inputs of the network, and what it should say.

    Lengths are virtual-skeleton metres.

    Attributes:
        rays: As in `TPVE.forward`, and so are `confidence`, `box` and `interval`.
        camera_rate: As in `VTM.forward`.
        motion: The exact code.
        local: (B, T, 22, 3, 3) relative to the parent.
        rotations: (B, T, 22, 3, 3) relative to the camera.
        joints: (B, T, 22, 3) relative to the pelvis in camera axes.
        root: (B, T, 3) in camera axes.
        log_bone_ratio: (B, 21).
        contact: (B, T, 4).
        image: (B, T, 70) `pose_features` of the picture; 0 where there is none.
        convention: (B, T), what the network is told of where the keypoints lie, as in `keypoints_on_body`.
    """

    rays: Tensor
    confidence: Tensor
    box: Tensor
    interval: Tensor
    camera_rate: Tensor
    motion: MotionCode
    local: Tensor
    rotations: Tensor
    joints: Tensor
    root: Tensor
    log_bone_ratio: Tensor
    contact: Tensor
    image: Tensor
    convention: Tensor

    @classmethod
    def of(
        cls,
        rays: Tensor,
        confidence: Tensor,
        image: Tensor,
        interval: Tensor,
        camera_rate: Tensor,
        local: Tensor,
        rotations: Tensor,
        joints: Tensor,
        ratio: Tensor,
        contact: Tensor,
        convention: Tensor,
    ) -> "Windows":
        """The windows with what follows from other parts of them: boxes, the motion code, joints from the pelvis.

        Args as of the class, but for `joints` (B, T, 22, 3) in camera axes, `interval` (B, T) s and `ratio` (B, 21).
        """
        depth = joints[:, :, 0, 2].clamp(min=virtual_camera.NEAREST)
        velocity = torch.diff(depth, dim=1, prepend=depth[:, :1]) / interval
        return cls(
            rays,
            confidence,
            keypoint_box(rays, confidence),
            interval[..., None],
            camera_rate,
            MotionCode(rot6d_from_matrix(local), depth.log(), velocity),
            local,
            rotations,
            joints - joints[:, :, :1],
            joints[:, :, 0],
            ratio.log(),
            contact,
            image,
            convention,
        )

    @property
    def seen(self) -> Tensor:
        """(B, T) 1 where the 2D network saw anybody at all: the frames that become motion."""
        return (self.confidence > SEEN).any(-1).to(self.confidence.dtype)

    def to(self, device: str) -> "Windows":
        """The same on `device`."""
        return self._map(lambda x: x.to(device))

    def joined(self, other: "Windows") -> "Windows":
        """These windows and then the `other` ones."""
        flat, more = ({**vars(x), **vars(x.motion)} for x in (self, other))
        both = {name: torch.cat([x, more[name]]) for name, x in flat.items() if name != "motion"}
        motion = MotionCode(**{name: both.pop(name) for name in vars(self.motion)})
        return Windows(motion=motion, **both)

    def first(self, count: int) -> "Windows":
        """The first `count` windows."""
        return self._map(lambda x: x[:count])

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Windows":
        motion = MotionCode(*(change(x) for x in vars(self.motion).values()))
        return Windows(motion=motion, **{name: change(x) for name, x in vars(self).items() if name != "motion"})


def body_size(ratio: Tensor) -> Tensor:
    """Sizes (B, 1) of bodies with bone ratios (B, 21), relative to the virtual skeleton."""
    share = torch.as_tensor(LIMB_SHARE, device=ratio.device)
    return (ratio[:, LIMB_BONES].double() @ share).to(ratio)[:, None]


def keypoint_box(rays: Tensor, confidence: Tensor) -> Tensor:
    """`vtm.camera.keypoint_box` for tensors: rays (..., 23, 2) and confidences (..., 23) to boxes (..., 3)."""
    seen = (confidence > SEEN)[..., None]
    low = rays.masked_fill(~seen, torch.inf).amin(-2)
    high = rays.masked_fill(~seen, -torch.inf).amax(-2)
    side = (high - low).amax(-1, keepdim=True).clamp(min=0.02)
    box = torch.cat([(low + high) / 2, side], -1)
    return torch.where(seen.any(-2), box, torch.tensor([0.0, 0.0, 1.0], device=rays.device))


def sample(
    clips: Clips,
    batch: int,
    frames: int,
    generator: torch.Generator,
    varied: Variety | None,
    level: float = 1.0,
    measured: float = 0.5,
    look: virtual_camera.Look = virtual_camera.look_at_person,
) -> Windows:
    """Draw windows of motion, clips weighted by length.

    On a GPU, where the clips and the generator are, `with torch.device("cuda")` around it keeps all of it there.

    Args:
        clips: The recordings.
        batch: Number of windows.
        frames: Of each window.
        generator: Of the random numbers.
        varied: Augment the motion so, and draw frame rates 6-60 and dropped frames; None for 30 frames/s as recorded.
        level: Strength of the synthetic 2D noise.
        measured: Share of windows that have measured 2D errors instead; where nothing is varied, from measurements kept
            for validation.
        look: Where the cameras are.
    """
    clip = torch.multinomial(clips.length.float(), batch, replacement=True, generator=generator)
    start = (torch.rand(batch, generator=generator) * clips.length[clip]).long()
    if varied:
        stride = STRIDES.to(clip)[torch.randint(len(STRIDES), (batch, 1), generator=generator)]
        steps = stride * (1 + (torch.rand(batch, frames, generator=generator) < 0.03).long())
        tempo = torch.exp((torch.rand(batch, 1, generator=generator) - 0.5) * 2 * varied.time_warp)
    else:
        steps, tempo = torch.full((batch, frames), 2), torch.ones(batch, 1)
    interval = steps / clips.fps[clip][:, None] * tempo
    seconds = interval.cumsum(1)
    rows = clips.rows(clip, start, steps)
    ratio = clips.limb_ratio[clip]
    local, root = clips.local[rows], clips.root[rows] / body_size(ratio)[..., None]
    if varied:
        local, root = _vary(local, root, seconds, varied, generator)
        if varied.proportions:
            between = ratio ** torch.rand(batch, 1, generator=generator)
            ratio = adults(between, varied.proportions, generator)
    size = body_size(ratio)
    if clips.virtual_skeleton:
        ratio = ratio / size
    else:
        root = root * size[..., None]
    local, root = augment.heading(local, root, generator)
    replayed = torch.rand(batch, generator=generator) < measured
    return _observe(local, root, ratio, seconds, interval, level, replayed, varied, generator, look)


def _vary(
    local: Tensor, root: Tensor, seconds: Tensor, varied: Variety, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Other motion from the same recordings. Half of the windows keep their legs, so that feet that stand do stand."""

    def some(share: float) -> Tensor:
        return (torch.rand(len(local), generator=generator) < share)[:, None, None]

    flip = some(varied.mirror)
    mirrored, mirrored_root = augment.mirror(local, root)
    local, root = torch.where(flip[..., None, None], mirrored, local), torch.where(flip, mirrored_root, root)
    other = local[torch.randperm(len(local), generator=generator)]
    local = torch.where(some(varied.recombine)[..., None, None], augment.recombine(local, other), local)
    perturbed = augment.perturb(local, seconds, varied.perturb, generator)
    planted = some(0.5) & torch.isin(torch.arange(NUM_JOINTS), torch.tensor(LOWER))
    local = torch.where(planted[..., None, None], local, perturbed)
    still, place = standing.stand(local, seconds, generator)
    stands = some(varied.stand)
    return torch.where(stands[..., None, None], still, local), torch.where(stands, place, root)


def _observe(
    local: Tensor,
    root: Tensor,
    ratio: Tensor,
    seconds: Tensor,
    interval: Tensor,
    level: float,
    replayed: Tensor,
    varied: Variety | None,
    generator: torch.Generator,
    look: virtual_camera.Look,
) -> Windows:
    held_out = varied is None
    offsets = offsets_from_ratio(ratio)[:, None]
    rotations, positions = forward_kinematics(local, offsets, root)
    convention, told = _conventions(replayed, held_out, generator)
    points = keypoints_on_body(rotations, positions, convention[:, None, None, None])
    contact = foot_contact(points[:, :, FEET], interval)
    turn, centre = look(positions[:, :, 0], seconds, generator)
    points = virtual_camera.to_camera(points, turn, centre)
    joints = virtual_camera.to_camera(positions, turn, centre)
    rotations = turn[:, :, None] @ rotations
    local = torch.cat([rotations[:, :, :1], local[:, :, 1:]], 2)
    exact, farther = virtual_camera.by_wrong_focal(points, varied.wrong_focal if varied else 0.0, generator)
    joints = joints + joints[:, :, :1] * (farther[:, None, None, None] - 1) * torch.tensor([0.0, 0.0, 1.0])
    inside = noise.border(exact, generator) & (points[..., 2] > virtual_camera.NEAREST)
    rays, confidence = noise.detect(exact, inside, level, generator)
    again, sure = noise.replay(exact, inside, interval, held_out, generator)
    rays = torch.where(replayed[:, None, None, None], again, rays)
    confidence = torch.where(replayed[:, None, None], sure, confidence)
    if varied:
        rays, confidence = noise.exchange(rays, confidence, varied.exchange, generator)
    nothing = torch.zeros(*interval.shape, POSE_CHANNELS)
    told = told[:, None].expand_as(interval)
    camera_rate = virtual_camera.angular_velocity(turn, interval)
    if varied:
        camera_rate = virtual_camera.by_gyroscope(camera_rate, generator)
    return Windows.of(rays, confidence, nothing, interval, camera_rate, local, rotations, joints, ratio, contact, told)


def _conventions(replayed: Tensor, held_out: bool, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Where the keypoints lie, (B,), and what the network is told of it: of unknown detectors, that they see joints."""
    other = torch.rand(len(replayed), generator=generator) < (0.0 if held_out else 0.45)
    unknown = other & (torch.rand(len(replayed), generator=generator) < 0.3)
    between = 1.2 * torch.rand(len(replayed), generator=generator)
    convention = torch.where(replayed, 1.0, torch.where(other, between, 0.0))
    return convention, torch.where(unknown & ~replayed, 0.0, convention)


def foot_contact(feet: Tensor, interval: Tensor) -> Tensor:
    """Contact from the speed of the feet in the world [WHAM].

    Args:
        feet: (B, T, 4, 3) m, the keypoints `FEET` in world axes.
        interval: (B, T) s since the frame before.

    Returns:
        (B, T, 4) in 0..1.
    """
    step = torch.diff(feet, dim=1).norm(dim=-1) / interval[:, 1:, None]
    speed = torch.cat([step[:, :1], step], 1)
    return torch.sigmoid(-5 * (speed - CONTACT_SPEED) / CONTACT_SPEED)
