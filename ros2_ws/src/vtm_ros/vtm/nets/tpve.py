"""TPVE, the two-part visual encoder: 2D keypoints (and image features) -> the latents Z~_u, Z~_l and the bone ratio.

keypoints -> K_u, K_l;  image features -> conv_u, conv_l (where the image branch is switched on);  their sum -> F_u, F_l
-> E^V_u, E^V_l (an encoder like E^M, then a temporal encoder of choice) -> Z~_u, Z~_l;  F_u, F_l -> E^B -> bone ratio.

F is the only layer that looks ahead: output frame t is fused from frames t - 2 .. t + 8. Frames that have not arrived
(t + L + 1 and later at look-ahead L, or past the end) are a learned token, so one network serves every L from 0 to 8.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from vtm.keypoints import LOWER_KEYPOINTS, NUM_KEYPOINTS, UPPER_KEYPOINTS
from vtm.nets.encoders import temporal_encoder
from vtm.nets.history import History
from vtm.nets.layers import CausalConv, ChannelNorm, ResidualBlock, start_quiet

MAX_LOOKAHEAD = 8
LOOKBACK = 2
TAPS = LOOKBACK + 1 + MAX_LOOKAHEAD
BONE_MEMORY = 600.0
"""The bone ratio is a running mean with this time constant in frames."""


def lookahead_select(lookahead: int, device=None) -> Tensor:
    """(TAPS, TAPS) 0/1: row = frame t - 2 .. t + 8 that F reads, column = place among the last TAPS arrivals."""
    if not 0 <= lookahead <= MAX_LOOKAHEAD:
        raise ValueError(f"look-ahead {lookahead} is outside 0..{MAX_LOOKAHEAD} frames")
    return torch.diag(torch.ones(LOOKBACK + 1 + lookahead, device=device), MAX_LOOKAHEAD - lookahead)


def own_frame(x: Tensor, select: Tensor, history: History) -> Tensor:
    """Of x (B, C, T) as it arrives, the frame that the output is about: the one `lookahead` frames earlier."""
    recent = history.extend(x, TAPS - 1)
    windows = recent.unfold(2, TAPS, 1) if x.shape[2] > 1 else recent[:, :, None]
    return (windows * select[:, None, None, LOOKBACK]).sum(-1)


class KeypointEncoder(nn.Module):
    """K of one half: box-normalised keypoints, confidences and the box -> features (B, channels, T)."""

    def __init__(self, keypoints: tuple[int, ...], channels: int):
        super().__init__()
        self.keypoints = list(keypoints)
        self.missing = nn.Parameter(torch.zeros(len(keypoints), 2))
        self.enter = CausalConv(3 * len(keypoints) + 4, channels, 3)
        self.block = ResidualBlock(channels)

    def forward(self, offsets: Tensor, confidence: Tensor, context: Tensor, history: History) -> Tensor:
        """offsets (B, T, 23, 2); confidence (B, T, 23), 0 = missing; context (B, T, 4) = box and frame interval."""
        sure = confidence[:, :, self.keypoints]
        there = (sure > 0).to(sure.dtype)[..., None]
        points = offsets[:, :, self.keypoints] * there + self.missing * (1.0 - there)
        x = torch.cat([points.flatten(2), sure, context], dim=-1)
        return self.block(self.enter(x.transpose(1, 2), history), history)


class Fusion(nn.Module):
    """F of one half: the 1-D convolution over frames t - 2 .. t + 8, with a token for frames that have not arrived."""

    def __init__(self, channels_in: int, channels: int):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(channels_in))
        self.mix = nn.Conv1d(TAPS * channels_in, channels, 1)

    def forward(self, features: Tensor, arrived: Tensor, select: Tensor, history: History) -> Tensor:
        """features (B, C, T); arrived (B, 1, T) 0/1; select (B, TAPS, TAPS) -> (B, channels, T), L frames late."""
        recent = history.extend(torch.cat([features, arrived], dim=1), TAPS - 1)
        windows = recent.unfold(2, TAPS, 1) if features.shape[2] > 1 else recent[:, :, None]
        taps = select[:, None] @ windows.permute(0, 2, 3, 1)  # (B, T, TAPS, C + 1)
        there = taps[..., -1:]
        return self.mix((taps[..., :-1] * there + self.token * (1.0 - there)).flatten(2).transpose(1, 2))


class VisualEncoder(nn.Module):
    """E^V of one half: residual convolutions like E^M's, then the temporal encoder -> Z~, as large as Z."""

    def __init__(self, channels: int, latent: int, window: int, encoder: str):
        super().__init__()
        self.blocks = nn.ModuleList(ResidualBlock(channels, dilation) for dilation in (1, 2))
        self.context = temporal_encoder(encoder, channels, window)
        self.leave = nn.Sequential(ChannelNorm(channels), nn.Conv1d(channels, latent, 1), ChannelNorm(latent, False))

    def forward(self, x: Tensor, history: History) -> Tensor:
        for layer in (*self.blocks, *self.context):
            x = layer(x, history)
        return self.leave(x)


class BoneEncoder(nn.Module):
    """E^B: fused features of both halves -> log bone ratio, left equal to right, averaged over the frames so far."""

    def __init__(self, channels: int, bones: int = 21):
        super().__init__()
        self.head = nn.Sequential(nn.Conv1d(2 * channels, channels, 1), nn.GELU(), nn.Conv1d(channels, bones, 1))

    def forward(self, fused: Tensor, history: History) -> Tensor:
        """(B, 2 channels, T) -> (B, T, 21)."""
        log_ratio = self.head(fused)
        summed = torch.cat([log_ratio, torch.ones_like(log_ratio[:, :1])], dim=1)
        frames, fade = summed.shape[2], 1.0 - 1.0 / BONE_MEMORY
        past = history.recall(summed, summed.shape[1], 1)
        if frames == 1:
            total = past * fade + summed
        else:
            steps = torch.arange(frames, device=summed.device, dtype=summed.dtype)
            decay = (fade ** (steps[:, None] - steps[None])).tril()
            total = past * fade ** (steps + 1) + summed @ decay.T
        history.keep(total[..., -1:])
        return (total[:, :-1] / total[:, -1:]).transpose(1, 2)


def _image_branch(image_channels: int, channels: int) -> CausalConv | None:
    if not image_channels:
        return None
    branch = CausalConv(image_channels, channels, 3)
    start_quiet(branch)
    return branch


class TPVE(nn.Module):
    """{conv_u, conv_l, K_u, K_l, F_u, F_l, E^V_u, E^V_l, E^B}.

    `image_channels` 0 switches the image branch off. encoder: see `vtm.nets.encoders`. Without `two_parts`, for
    comparison, both halves see all keypoints.
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
        """Frames as they arrive -> (Z~_u, Z~_l, log bone ratio) of the frame `lookahead` frames earlier.

        rays (B, T, 23, 2) normalised image coordinates; confidence (B, T, 23); box (B, T, 3) centre and side in the
        same
        coordinates; interval (B, T, 1) seconds since the frame before; arrived (B, T, 1), 0 for padding past the end;
        select (B, TAPS, TAPS) from `lookahead_select`; image (B, T, image_channels), zeros or None where there is none.
        """
        offsets = (rays - box[:, :, None, :2]) / box[:, :, None, 2:]
        context = torch.cat([box[..., :2], box[..., 2:].log(), interval * 20.0], dim=-1)
        upper = self.keypoints_upper(offsets, confidence, context, history)
        lower = self.keypoints_lower(offsets, confidence, context, history)
        if self.image_upper is not None and self.image_lower is not None:
            if image is None:
                image = rays.new_zeros(*rays.shape[:2], self.image_upper.in_channels)
            upper = upper + self.image_upper(image.transpose(1, 2), history)
            lower = lower + self.image_lower(image.transpose(1, 2), history)
        there = arrived.transpose(1, 2)
        fused_upper = self.fuse_upper(F.gelu(upper), there, select, history)
        fused_lower = self.fuse_lower(F.gelu(lower), there, select, history)
        bones = self.bones(torch.cat([fused_upper, fused_lower], dim=1), history)
        return self.encode_upper(fused_upper, history), self.encode_lower(fused_lower, history), bones
