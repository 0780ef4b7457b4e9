import pytest
import torch

from vtm.body.pose_features import pose_features
from vtm.errors import VtmError
from vtm.nets.image_features import IMAGE_FEATURES, image_features
from vtm.nets.resnet18 import ResNet18
from vtm.nets.vtm import VTM, VtmConfig


def test_channels_are_those_of_the_sources():
    assert image_features("none").channels == 0
    assert image_features("pose").channels == pose_features(torch.randn(2, 3, 23, 3)).shape[-1]
    assert image_features("resnet18").channels == ResNet18()(torch.rand(1, 3, 128, 128)).shape[-1]


@pytest.mark.parametrize("name", IMAGE_FEATURES)
def test_every_source_fits_the_network(name):
    net = VTM(VtmConfig(channels=32, latent=16, window=8, image_channels=image_features(name).channels))
    assert net.state_size() > 0


def test_unknown_name_is_explained():
    with pytest.raises(VtmError, match="'vit'.*none, pose, resnet18"):
        image_features("vit")
