"""TPVE, the two-part visual encoder: 2D keypoints (and image features) -> the latents Z~_u, Z~_l and the bone ratio.

keypoints -> K_u, K_l;  image features -> conv_u, conv_l (where the image branch is switched on);  their sum -> F_u, F_l
-> E^V_u, E^V_l (an encoder like E^M, then a temporal encoder of choice) -> Z~_u, Z~_l;  F_u, F_l -> E^B -> bone ratio.

F is the only layer that looks ahead: output frame t is fused from frames t - 2 .. t + 8. Frames that have not arrived
(t + L + 1 and later at look-ahead L, or past the end) are a learned token, so one network serves every L from 0 to 8.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.body.keypoints import LOWER_KEYPOINTS, NUM_KEYPOINTS, UPPER_KEYPOINTS
from vtm.body.skeleton import NUM_BONES
from vtm.nets.encoders import temporal_encoder
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, PerFrame, ResidualBlock, start_quiet

MAX_LOOKAHEAD = 8
LOOKBACK = 2
TAPS = LOOKBACK + 1 + MAX_LOOKAHEAD
BONE_MEMORY = 600.0
"""The bone ratio is a running mean with this time constant in frames."""


def lookahead_select(lookahead: int, device=None) -> Tensor:
    """The 0/1 matrix (TAPS, TAPS) that picks what F reads.

    A row is a frame, t - 2 .. t + 8, and a column a place among the last TAPS arrivals.

    Raises:
        ValueError: `lookahead` is outside 0..MAX_LOOKAHEAD frames.
    """
    if not 0 <= lookahead <= MAX_LOOKAHEAD:
        raise ValueError(f"look-ahead {lookahead} is outside 0..{MAX_LOOKAHEAD} frames")
    return torch.diag(torch.ones(LOOKBACK + 1 + lookahead, device=device), MAX_LOOKAHEAD - lookahead)


def selected(x: Tensor, select: Tensor, history: History) -> Tensor:
    """Pick frames among the last arrivals.

    Args:
        x: (B, T, C) or (B, C), as it arrives.
        select: (B, R, TAPS), a row for each frame to pick.
        history: The layer's past.

    Returns:
        (B, T, R, C) or (B, R, C).
    """
    if x.dim() == 2:
        return select @ history.window(x, TAPS - 1).unflatten(1, (TAPS, -1))
    recent = history.extend(x.transpose(1, 2), TAPS - 1)
    return select[:, None] @ recent.unfold(2, TAPS, 1).permute(0, 2, 3, 1)


def own_frame(x: Tensor, select: Tensor, history: History) -> Tensor:
    """Of x (B, T, C) or (B, C) as it arrives, the frame that the output is about, `lookahead` frames earlier."""
    return selected(x, select[:, LOOKBACK : LOOKBACK + 1], history)[..., 0, :]


class KeypointEncoder(nn.Module):
    """K of one half: box-normalised keypoints, confidences and the box -> features (B, channels, T)."""

    keypoints: Tensor

    def __init__(self, keypoints: tuple[int, ...], channels: int):
        super().__init__()
        self.register_buffer("keypoints", torch.tensor(keypoints), persistent=False)
        self.missing = nn.Parameter(torch.zeros(len(keypoints), 2))
        self.enter = CausalConv(3 * len(keypoints) + 4, channels, 3)
        self.block = ResidualBlock(channels)

    def forward(self, offsets: Tensor, confidence: Tensor, context: Tensor, history: History) -> Tensor:
        """Encode keypoints.

        Args:
            offsets: (B, T, 23, 2), box-normalised.
            confidence: (B, T, 23), 0 for missing ones.
            context: (B, T, 4), box and frame interval.
            history: The layers' past.

        Returns:
            Features (B, channels, T).
        """
        sure = confidence.index_select(-1, self.keypoints)
        there = (sure > 0).to(sure.dtype)[..., None]
        points = self.missing + (offsets.index_select(-2, self.keypoints) - self.missing) * there
        x = torch.cat([points.flatten(-2), sure, context], dim=-1)
        return self.block(self.enter(x.movedim(-1, 1), history), history)


class Fusion(nn.Module):
    """F of one half: the 1-D convolution over frames t - 2 .. t + 8, with a token for frames that have not arrived."""

    def __init__(self, channels_in: int, channels: int):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(channels_in))
        self.mix = PerFrame(TAPS * channels_in, channels)

    def forward(self, features: Tensor, arrived: Tensor, select: Tensor, history: History) -> Tensor:
        """Fuse neighbouring frames.

        Args:
            features: (B, C, T).
            arrived: (B, T, 1), 0 for frames that will not come.
            select: (B, TAPS, TAPS) from `lookahead_select`.
            history: The layer's past.

        Returns:
            (B, channels, T), `lookahead` frames late.
        """
        # The difference from the token is remembered: zero, as before a stream, is a frame that has not arrived.
        beyond = (features.movedim(1, -1) - self.token) * arrived
        return self.mix((selected(beyond, select, history) + self.token).flatten(-2).movedim(-1, 1))


class VisualEncoder(nn.Module):
    """E^V of one half: residual convolutions like E^M's, then the temporal encoder -> Z~, as large as Z."""

    def __init__(self, channels: int, latent: int, window: int, encoder: str):
        super().__init__()
        self.blocks = nn.ModuleList(ResidualBlock(channels, dilation) for dilation in (1, 2))
        self.context = temporal_encoder(encoder, channels, window)
        self.leave = nn.Sequential(ChannelNorm(channels), PerFrame(channels, latent), ChannelNorm(latent, False))

    def forward(self, x: Tensor, history: History) -> Tensor:
        """Features (B, channels, T) to latents (B, latent, T)."""
        for layer in (*self.blocks, *self.context):
            x = layer(x, history)
        return self.leave(x)


class BoneEncoder(nn.Module):
    """E^B: fused features of both halves -> log bone ratio, left equal to right, averaged over the frames so far."""

    def __init__(self, channels: int, bones: int = NUM_BONES):
        super().__init__()
        self.head = nn.Sequential(PerFrame(2 * channels, channels), nn.GELU(), PerFrame(channels, bones))

    def forward(self, fused: Tensor, history: History) -> Tensor:
        """Fused features (B, 2 channels, T) to log bone ratios (B, T, 21)."""
        log_ratio = self.head(fused)
        summed = torch.cat([log_ratio, torch.ones_like(log_ratio[:, :1])], dim=1)
        fade, past = 1.0 - 1.0 / BONE_MEMORY, history.take(summed, summed.shape[1])
        if summed.dim() == 2:
            total = past * fade + summed
            history.leave(total)
        else:
            steps = torch.arange(summed.shape[2], device=summed.device, dtype=summed.dtype)
            decay = (fade ** (steps[:, None] - steps[None])).tril()
            total = past[..., None] * fade ** (steps + 1) + summed @ decay.T
            history.leave(total[..., -1])
        return (total[:, :-1] / total[:, -1:]).movedim(1, -1)


def _image_branch(image_channels: int, channels: int) -> CausalConv | None:
    if not image_channels:
        return None
    branch = CausalConv(image_channels, channels, 3)
    start_quiet(branch)
    return branch


class TPVE(nn.Module):
    """{conv_u, conv_l, K_u, K_l, F_u, F_l, E^V_u, E^V_l, E^B}.

    Args:
        channels: Of the features.
        latent: Channels of each latent.
        window: Frames that the attention of the encoder sees.
        image_channels: Of the image features; 0 switches the image branch off.
        encoder: See `vtm.nets.encoders`.
        two_parts: Without it, for comparison, both halves see all keypoints.
    """

    def __init__(
        self,
        channels: int = 192,
        latent: int = 96,
        window: int = 32,
        image_channels: int = 0,
        encoder: str = "ctca",
        two_parts: bool = True,
    ):
        super().__init__()
        narrow = channels // 2
        upper, lower = (UPPER_KEYPOINTS, LOWER_KEYPOINTS) if two_parts else (tuple(range(NUM_KEYPOINTS)),) * 2
        self.keypoints_upper = KeypointEncoder(upper, narrow)
        self.keypoints_lower = KeypointEncoder(lower, narrow)
        self.image_upper = _image_branch(image_channels, narrow)
        self.image_lower = _image_branch(image_channels, narrow)
        self.fuse_upper, self.fuse_lower = Fusion(narrow, channels), Fusion(narrow, channels)
        self.encode_upper = VisualEncoder(channels, latent, window, encoder)
        self.encode_lower = VisualEncoder(channels, latent, window, encoder)
        self.bones = BoneEncoder(channels)

    def forward(
        self,
        rays: Tensor,
        confidence: Tensor,
        box: Tensor,
        interval: Tensor,
        arrived: Tensor,
        select: Tensor,
        history: History,
        image: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Encode frames as they arrive. For a single frame, all is without T.

        Args:
            rays: (B, T, 23, 2), normalised image coordinates.
            confidence: (B, T, 23).
            box: (B, T, 3), centre and side in the same coordinates.
            interval: (B, T, 1) s since the frame before.
            arrived: (B, T, 1), 0 for padding past the end.
            select: (B, TAPS, TAPS) from `lookahead_select`.
            history: The layers' past.
            image: (B, T, image_channels), zeros or None where there is none.

        Returns:
            Z~_u and Z~_l (B, latent, T) and the log bone ratio (B, T, 21) of the frame `lookahead` frames earlier.
        """
        offsets = (rays - box[..., None, :2]) / box[..., None, 2:]
        context = torch.cat([box[..., :2], box[..., 2:].log(), interval * 20.0], dim=-1)
        upper = self.keypoints_upper(offsets, confidence, context, history)
        lower = self.keypoints_lower(offsets, confidence, context, history)
        if self.image_upper is not None and self.image_lower is not None:
            if image is None:
                image = rays.new_zeros(*rays.shape[:-2], self.image_upper.in_channels)
            upper = upper + self.image_upper(image.movedim(-1, 1), history)
            lower = lower + self.image_lower(image.movedim(-1, 1), history)
        fused_upper = self.fuse_upper(F.gelu(upper), arrived, select, history)
        fused_lower = self.fuse_lower(F.gelu(lower), arrived, select, history)
        bones = self.bones(torch.cat([fused_upper, fused_lower], dim=1), history)
        return self.encode_upper(fused_upper, history), self.encode_lower(fused_lower, history), bones
