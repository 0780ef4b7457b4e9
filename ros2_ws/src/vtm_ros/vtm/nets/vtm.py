"""VTM: the visual encoder in front of the motion prior's decoders, for clips and for streams alike."""

from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from vtm.nets.history import History
from vtm.nets.tpmae import TPMAE, MotionCode
from vtm.nets.tpve import TPVE, lookahead_select


@dataclass(frozen=True)
class VtmConfig:
    """Sizes of the network. window: frames that CTCA's attention sees; image_channels: 0 = keypoints only."""

    channels: int = 192
    latent: int = 96
    window: int = 32
    image_channels: int = 0


@dataclass
class VtmOutput:
    """For every arrived frame, the motion `lookahead` frames earlier.

    log_bone_ratio (B, T, 21); contact logits (B, T, 4); log_error (B, T, 22), log of the joint position error in
    metres;
    upper, lower: the latents Z~ (B, latent, T); state (B, S): hand it to the next call.
    """

    motion: MotionCode
    log_bone_ratio: Tensor
    contact: Tensor
    log_error: Tensor
    upper: Tensor
    lower: Tensor
    state: Tensor


class VTM(nn.Module):
    """TPVE and TPMAE. `forward` takes any number of frames, with the state the frames before them left."""

    def __init__(self, config: VtmConfig | None = None):
        super().__init__()
        self.config = config or VtmConfig()
        self.tpmae = TPMAE(self.config.channels, self.config.latent)
        self.tpve = TPVE(**asdict(self.config))

    def forward(self, rays, confidence, box, interval, arrived, select, state=None, image=None) -> VtmOutput:
        """Inputs as in `TPVE.forward`; state (B, S) of the previous call, None at the start of a clip."""
        history = History(state)
        upper, lower, bones = self.tpve(rays, confidence, box, interval, arrived, select, history, image)
        motion, contact, log_error = self.tpmae.decoder(upper, lower, history)
        return VtmOutput(motion, bones, contact, log_error, upper, lower, history.state)

    @torch.no_grad()
    def state_size(self) -> int:
        """S, the length of the flat state."""
        image = torch.zeros(1, 1, self.config.image_channels) if self.config.image_channels else None
        output = self(*self.blank_frame(), image=image)
        return output.state.shape[1]

    @staticmethod
    def blank_frame() -> tuple[Tensor, ...]:
        """One frame without a person: the inputs of `forward` before `state`, for sizes and for export."""
        box = torch.tensor([[[0.0, 0.0, 1.0]]])
        zeros = torch.zeros
        return (zeros(1, 1, 23, 2), zeros(1, 1, 23), box, zeros(1, 1, 1), zeros(1, 1, 1), lookahead_select(0)[None])
