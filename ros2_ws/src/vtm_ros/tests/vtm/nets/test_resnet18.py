import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from vtm.errors import VtmError
from vtm.nets.resnet18 import ResNet18


@pytest.fixture(scope="module")
def net() -> ResNet18:
    torch.manual_seed(0)
    return ResNet18()


def test_is_resnet18(net):
    """Parameters of the original without its classifier, and torchvision's names of them."""
    assert sum(parameter.numel() for parameter in net.parameters()) == 11_689_512 - 513_000
    names = set(net.state_dict())
    assert {"conv1.weight", "bn1.running_var", "layer2.0.downsample.1.bias", "layer4.1.conv2.weight"} <= names
    assert "layer1.0.downsample.0.weight" not in names and len(names) == 122 - 2


def test_halves_the_picture_five_times(net):
    sizes = []
    hook = net.layer4.register_forward_hook(lambda module, args, out: sizes.append(out.shape[-1]))
    for size in (128, 224):
        assert net(torch.rand(2, 3, size, size)).shape == (2, 512)
    hook.remove()
    assert sizes == [4, 7]


def test_stays_frozen(net):
    crops = torch.rand(2, 3, 128, 128)
    before = net(crops)
    assert torch.equal(net.train()(crops), before)
    assert not net(crops.requires_grad_(False)).requires_grad


def test_takes_torchvisions_weights(net, tmp_path):
    classifier = {"fc.weight": torch.zeros(1000, 512), "fc.bias": torch.zeros(1000)}
    save_file(net.state_dict() | classifier, tmp_path / "resnet18.safetensors")
    crops = torch.rand(1, 3, 128, 128)
    assert torch.equal(ResNet18.load(tmp_path / "resnet18.safetensors")(crops), net(crops))


def test_foreign_weights_are_explained(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    for path in (tmp_path / "other.safetensors", tmp_path / "missing.safetensors"):
        with pytest.raises(VtmError, match="torchvision"):
            ResNet18.load(path)


@torch.no_grad()
def test_exports(net, tmp_path):
    crops, path = torch.rand(1, 3, 128, 128), tmp_path / "resnet18.onnx"
    torch.onnx.export(net, (crops,), path, input_names=["crops"], opset_version=18, dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    got = torch.from_numpy(session.run(None, {"crops": crops.numpy()})[0])
    assert torch.allclose(got, net(crops), rtol=1e-3, atol=1e-3)
