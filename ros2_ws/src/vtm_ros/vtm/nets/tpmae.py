"""TPMAE, the two-part motion auto-encoder: the motion prior.

motion -> E^M_u, E^M_l -> Z_u, Z_l -> D_u, D_l -> A -> non-root rotations;  Z_u, Z_l and the camera's
angular velocity -> D_r -> root motion.
Both halves contain the root. The decoders are shared with TPVE: what videos are mapped to, they decode.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.body.skeleton import LOWER, NUM_BONES, NUM_JOINTS, UPPER
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, PerFrame, ResidualBlock

LOG_DEPTH_CENTRE = 1.3
"""Log depth is coded relative to exp(1.3) = 3.7 virtual-skeleton metres."""
TURNING = 5.0
"""Factor on angular velocities, which makes them about 1: a camera in a hand turns at about 0.2 rad/s."""
REST_6D = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass
class MotionCode:
    """Scale-free motion, the subject of the prior.

    Attributes:
        rot6d: (B, T, 22, 6) relative to the parent, the pelvis in optical camera axes.
        log_depth: (B, T), log of the pelvis' depth in virtual-skeleton metres.
        velocity: (B, T), rate of that depth, virtual-skeleton metres per second.
    """

    rot6d: Tensor
    log_depth: Tensor
    velocity: Tensor


class MotionEncoder(nn.Module):
    """E^M of one half: its joints' 6-D rotations and the root motion -> latent Z (B, latent, T) of unit variance."""

    def __init__(self, joints: tuple[int, ...], channels: int, latent: int):
        super().__init__()
        self.joints = joints
        self.enter = CausalConv(6 * len(joints) + 2, channels, 3)
        self.blocks = nn.ModuleList(ResidualBlock(channels, dilation) for dilation in (1, 2))
        self.leave = nn.Sequential(ChannelNorm(channels), nn.Conv1d(channels, latent, 1), ChannelNorm(latent, False))

    def forward(self, motion: MotionCode, history: History) -> Tensor:
        """Encode T frames as latents (B, latent, T)."""
        root = torch.stack([motion.log_depth - LOG_DEPTH_CENTRE, motion.velocity], dim=-1)
        x = torch.cat([motion.rot6d[:, :, list(self.joints)].flatten(2), root], dim=-1)
        y = self.enter(x.transpose(1, 2), history)
        for block in self.blocks:
            y = block(y, history)
        return self.leave(y)


class PartDecoder(nn.Module):
    """D of one half (D_u, D_l), and of the root (D_r): from latents to features."""

    def __init__(self, latent: int, channels: int):
        super().__init__()
        self.enter = CausalConv(latent, channels, 3)
        self.block = ResidualBlock(channels)

    def forward(self, latent: Tensor, history: History) -> Tensor:
        """Decode (B, C, T), C as large as `latent`, to features (B, channels, T)."""
        return self.block(self.enter(latent, history), history)


class MotionDecoder(nn.Module):
    """The shared decoders D_u, D_l, A and D_r, and two heads on their features: contacts and joint confidence."""

    def __init__(self, channels: int, latent: int):
        super().__init__()
        self.upper = PartDecoder(latent, channels)
        self.lower = PartDecoder(latent, channels)
        self.aggregate = CausalConv(2 * channels, 6 * NUM_BONES, 3)
        self.root = PartDecoder(2 * latent + 3, channels)
        self.root_out = PerFrame(channels, 8)
        self.contact = PerFrame(3 * channels, 4)
        self.log_error = PerFrame(2 * channels, NUM_JOINTS)
        self.register_buffer("rest", torch.tensor(REST_6D))

    def forward(
        self, upper: Tensor, lower: Tensor, camera_rate: Tensor, history: History
    ) -> tuple[MotionCode, Tensor, Tensor]:
        """Decode latents.

        Args:
            upper: (B, latent, T).
            lower: (B, latent, T).
            camera_rate: (B, T, 3), the camera's angular velocity, rad/s about its own axes.
            history: The layers' past.

        Returns:
            Motion, contact logits (B, T, 4), log of the joints' expected position error (B, T, 22), metres.
        """
        return self.read(*self.features(upper, lower, camera_rate, history), history)

    def features(self, upper: Tensor, lower: Tensor, camera_rate: Tensor, history: History) -> tuple[Tensor, Tensor]:
        """All but the last layers of `forward`, of the same arguments.

        Returns:
            D_u and D_l side by side (B, 2 channels, T), and D_r (B, channels, T), which alone is told of the camera [as
            WHAM's trajectory decoder].
        """
        parts = torch.cat([self.upper(upper, history), self.lower(lower, history)], dim=1)
        root = torch.cat([upper, lower, camera_rate.movedim(-1, 1) * TURNING], dim=1)
        return F.gelu(parts), F.gelu(self.root(root, history))

    def read(self, parts: Tensor, root: Tensor, history: History) -> tuple[MotionCode, Tensor, Tensor]:
        """The last layers of `forward`, which need full precision, from what `features` returns."""
        turn, log_depth, velocity = self.root_out(root).movedim(1, -1).split([6, 1, 1], dim=-1)
        body = self.aggregate(parts, history).movedim(1, -1).unflatten(-1, (NUM_BONES, 6)) + self.rest
        rot6d = torch.cat([turn[..., None, :], body], dim=-2)
        motion = MotionCode(rot6d, log_depth[..., 0] + LOG_DEPTH_CENTRE, velocity[..., 0])
        contact = self.contact(torch.cat([parts, root], dim=1))
        return motion, contact.movedim(1, -1), self.log_error(parts).movedim(1, -1)


class TPMAE(nn.Module):
    """{E^M_u, E^M_l, D_u, D_l, A, D_r}. Without `two_parts`, for comparison, both encoders see the whole body."""

    def __init__(self, channels: int = 192, latent: int = 96, two_parts: bool = True):
        super().__init__()
        upper, lower = (UPPER, LOWER) if two_parts else (tuple(range(NUM_JOINTS)),) * 2
        self.encode_upper = MotionEncoder(upper, channels, latent)
        self.encode_lower = MotionEncoder(lower, channels, latent)
        self.decoder = MotionDecoder(channels, latent)

    def encode(self, motion: MotionCode) -> tuple[Tensor, Tensor]:
        """Z_u, Z_l (B, latent, T) of a whole clip."""
        history = History()
        return self.encode_upper(motion, history), self.encode_lower(motion, history)

    def forward(self, motion: MotionCode, camera_rate: Tensor) -> tuple[MotionCode, Tensor, Tensor]:
        """A whole clip and the camera's angular velocity (B, T, 3) -> what `MotionDecoder.forward` returns."""
        upper, lower = self.encode(motion)
        return self.decoder(upper, lower, camera_rate, History())
