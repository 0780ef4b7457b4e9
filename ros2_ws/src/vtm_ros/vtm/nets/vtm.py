"""VTM: the visual encoder in front of the motion prior's decoders, for clips and for streams alike."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vtm.body.keypoints import NUM_KEYPOINTS
from vtm.nets.body import offsets_from_ratio
from vtm.nets.forecast import ForecastHead
from vtm.nets.history import History
from vtm.nets.refine import POINTS, Pose, Refinement
from vtm.nets.tpmae import TPMAE, MotionCode
from vtm.nets.tpve import TPVE, lookahead_select, own_frame


@dataclass(frozen=True)
class VtmConfig:
    """Sizes of the network.

    Attributes:
        channels: Of the features.
        latent: Channels of each latent.
        window: Frames that the attention of `ctca` and `moca` sees.
        image_channels: Of the image features; 0 for keypoints only.
        refine_steps: How often the decoded pose is compared with the image and mended.
        encoder: The temporal encoder, see `vtm.nets.encoders`.
        two_parts: Whether upper and lower body are encoded apart.
    """

    channels: int = 192
    latent: int = 96
    window: int = 32
    image_channels: int = 0
    refine_steps: int = 2
    encoder: str = "ctca"
    two_parts: bool = True


@dataclass
class Latent:
    """What videos are mapped to, with the decoders' features of it.

    Attributes:
        upper: Z~_u (B, latent, T).
        lower: Z~_l (B, latent, T).
        log_bone_ratio: (B, T, 21).
        parts: The first result of `MotionDecoder.features`.
        root: The second one.
    """

    upper: Tensor
    lower: Tensor
    log_bone_ratio: Tensor
    parts: Tensor
    root: Tensor

    def single(self) -> "Latent":
        """The same in single precision."""
        return Latent(*(x.float() for x in vars(self).values()))


@dataclass
class VtmOutput:
    """For every arrived frame, the motion `lookahead` frames earlier.

    Attributes:
        motion: The refined one.
        decoded: The pose before each refinement.
        log_bone_ratio: (B, T, 21).
        contact: Logits (B, T, 4).
        log_error: (B, T, 22), log of the joint position error in metres.
        turn_ahead: (B, T, 22, 3) of `ForecastHead.forward`.
        way_ahead: (B, T, 3) of `ForecastHead.forward`.
        latent: What was decoded.
        state: (B, S), to be handed to the next call.
    """

    motion: MotionCode
    decoded: list[Pose]
    log_bone_ratio: Tensor
    contact: Tensor
    log_error: Tensor
    turn_ahead: Tensor
    way_ahead: Tensor
    latent: Latent
    state: Tensor


class VTM(nn.Module):
    """TPVE, TPMAE and the refinement. `forward` takes any number of frames and the state the ones before left."""

    def __init__(self, config: VtmConfig | None = None):
        super().__init__()
        self.config = c = config or VtmConfig()
        self.tpmae = TPMAE(c.channels, c.latent, c.two_parts)
        self.tpve = TPVE(c.channels, c.latent, c.window, c.image_channels, c.encoder, c.two_parts)
        self.refine = nn.ModuleList(Refinement(3 * c.channels, c.channels) for _ in range(c.refine_steps))
        self.ahead = ForecastHead(3 * c.channels, c.channels)

    def forward(
        self, rays, confidence, box, interval, camera_rate, arrived, select, horizon, convention, state=None, image=None
    ) -> VtmOutput:
        """Run the network over any number of frames.

        Args:
            rays: As in `TPVE.forward`, and so are confidence, box, interval, arrived, select and image.
            confidence: (B, T, 23).
            box: (B, T, 3).
            interval: (B, T, 1) s.
            camera_rate: (B, T, 3) of the camera, rad/s about its own axes, zero where it is unknown.
            arrived: (B, T, 1).
            select: (B, TAPS, TAPS).
            horizon: (B, T) s of motion ahead.
            convention: (B, T) of the keypoints, as in `keypoints_on_body`.
            state: (B, S) of the previous call, None at the start of a clip.
            image: (B, T, image_channels), None without.
        """
        history = History(state)
        return self.run(
            rays, confidence, box, interval, camera_rate, arrived, select, horizon, convention, history, image
        )

    def run(
        self,
        rays,
        confidence,
        box,
        interval,
        camera_rate,
        arrived,
        select,
        horizon,
        convention,
        history: History,
        image=None,
    ) -> VtmOutput:
        """`forward` with the layers' past itself, `history`. For a single frame, inputs and outputs are without T."""
        latent = self.encode(rays, confidence, box, interval, camera_rate, arrived, select, history, image)
        return self.decode(latent, rays, confidence, select, horizon, convention, history)

    def encode(
        self, rays, confidence, box, interval, camera_rate, arrived, select, history: History, image=None
    ) -> Latent:
        """The part of `run` that half precision does not harm, of the same arguments."""
        upper, lower, bones = self.tpve(rays, confidence, box, interval, arrived, select, history, image)
        turned = own_frame(camera_rate, select, history)
        return Latent(upper, lower, bones, *self.tpmae.decoder.features(upper, lower, turned, history))

    def decode(self, latent: Latent, rays, confidence, select, horizon, convention, history: History) -> VtmOutput:
        """The part of `run` in which geometry needs single precision, of what `encode` returns."""
        motion, contact, log_error = self.tpmae.decoder.read(latent.parts, latent.root, history)
        features = torch.cat([latent.parts, latent.root], dim=1)
        offsets = offsets_from_ratio(latent.log_bone_ratio.exp())
        seen = torch.cat([rays[..., :POINTS, :].flatten(-2), confidence[..., :POINTS]], dim=-1)
        rays, sure = own_frame(seen, select, history).split([2 * POINTS, POINTS], dim=-1)
        rays = rays.unflatten(-1, (POINTS, 2))
        decoded = []
        for step in self.refine:
            motion, log_error, before = step(motion, log_error, features, offsets, rays, sure, convention, history)
            decoded.append(before)
        turn, way = self.ahead(features, horizon)
        return VtmOutput(motion, decoded, latent.log_bone_ratio, contact, log_error, turn, way, latent, history.state)

    @torch.no_grad()
    def state_size(self) -> int:
        """S, the length of the flat state."""
        return self(*self.blank_frame()).state.shape[1]

    @staticmethod
    def blank_frame() -> tuple[Tensor, ...]:
        """One frame without a person: the inputs of `forward` before `state`, for sizes and for export."""
        box = torch.tensor([[[0.0, 0.0, 1.0]]])
        zeros = torch.zeros
        select = lookahead_select(0)[None]
        return (
            zeros(1, 1, NUM_KEYPOINTS, 2),
            zeros(1, 1, NUM_KEYPOINTS),
            box,
            zeros(1, 1, 1),
            zeros(1, 1, 3),
            zeros(1, 1, 1),
            select,
            zeros(1, 1),
            zeros(1, 1),
        )
