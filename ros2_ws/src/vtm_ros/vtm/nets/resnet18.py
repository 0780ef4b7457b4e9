"""ResNet18 (He et al. 2016) up to the global average pool: the frozen image backbone of the paper.

No weights come with it. Untrained, it is a fixed random projection of the crop, which says little; `ResNet18.load`
takes weights in the layout of torchvision.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from vtm.errors import VtmError

RESNET18_CHANNELS = 512


class BasicBlock(nn.Module):
    """relu(x + BN(Conv3(relu(BN(Conv3(x)))))), x through a 1 x 1 convolution where its shape changes."""

    def __init__(self, channels_in: int, channels: int, stride: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1:
            shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels_in, H, W) to (N, channels, H / stride, W / stride)."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    """Crops (N, 3, S, S), RGB in 0..1, S a multiple of 32 from 128 to 224 -> features (N, 512). Never trained here."""

    mean: Tensor
    spread: Tensor

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, RESNET18_CHANNELS, 2), BasicBlock(512, RESNET18_CHANNELS, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None], persistent=False)
        self.register_buffer("spread", torch.tensor([0.229, 0.224, 0.225])[:, None, None], persistent=False)
        self.requires_grad_(False).eval()

    @classmethod
    def load(cls, path: Path) -> "ResNet18":
        """Load the weights of a safetensors file in torchvision's layout; the classifier `fc` is left out.

        Raises:
            VtmError: The file holds no such weights.
        """
        net = cls()
        try:
            weights = load_file(path)
            net.load_state_dict({name: value for name, value in weights.items() if not name.startswith("fc.")})
        except Exception as error:
            raise VtmError(
                f"{path} holds no ResNet18: give a safetensors file in torchvision's layout ({error})"
            ) from error
        return net

    def train(self, mode: bool = True) -> "ResNet18":
        """Do nothing: frozen also means that the batch statistics do not move."""
        return super().train(False)

    def forward(self, crops: Tensor) -> Tensor:
        """Features (N, 512) of crops (N, 3, S, S), RGB in 0..1."""
        x = F.relu(self.bn1(self.conv1((crops - self.mean) / self.spread)))
        x = F.max_pool2d(x, 3, 2, 1)
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return x.mean((2, 3))
