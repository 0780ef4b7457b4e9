import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from vtm.errors import VtmError
from vtm.nets.encoders import ENCODERS, temporal_encoder
from vtm.nets.encoders.convolution import Convolution
from vtm.nets.encoders.ctca import CTCA
from vtm.nets.encoders.moca import HAFI, MoCA
from vtm.nets.encoders.recurrent import Recurrent
from vtm.nets.encoders.tcn import TCN, HallucinatingConv
from vtm.nets.history import History

CHANNELS, WINDOW, FRAMES = 32, 6, 30
REACH = {CTCA: WINDOW, MoCA: WINDOW, HAFI: 9, TCN: 13, Convolution: 3}
"""Frames that one layer sees, itself among them. The recurrent one sees all."""


class Layers(nn.Module):
    """Layers in a row as a function of frames and flat state."""

    def __init__(self, layers: nn.ModuleList):
        super().__init__()
        self.layers = layers
        for name, parameter in self.named_parameters():
            if "norm" not in name and not name.endswith("rho"):
                nn.init.normal_(parameter, std=0.2)  # lively: every weight matters

    def forward(self, x: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        history = History(state)
        for layer in self.layers:
            x = layer(x, history)
        return x, history.state


def lively(name: str) -> Layers:
    torch.manual_seed(0)
    return Layers(temporal_encoder(name, CHANNELS, WINDOW)).eval()


def frames(batch: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(batch, CHANNELS, FRAMES, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=ENCODERS)
def encoder(request) -> Layers:
    return lively(request.param)


@pytest.mark.parametrize("chunk", [1, 7])
@torch.no_grad()
def test_stream_equals_clip(encoder, chunk):
    x = frames()
    whole, last = encoder(x)
    state = torch.zeros_like(last)
    for first in range(0, FRAMES, chunk):
        y, state = encoder(x[..., first : first + chunk], state)
        assert (y - whole[..., first : first + chunk]).abs().max() < 1e-4
    assert (state - last).abs().max() < 1e-4


@torch.no_grad()
def test_the_future_does_not_matter(encoder):
    before, after = frames(seed=0), frames(seed=1)
    mixed = torch.cat([before[..., :15], after[..., 15:]], -1)
    difference = (encoder(mixed)[0] - encoder(before)[0]).abs().amax((0, 1))
    assert difference[:15].max() < 1e-6
    assert difference[15:].min() > 1e-3


@pytest.mark.parametrize("layer", REACH, ids=lambda layer: layer.__name__)
@torch.no_grad()
def test_sees_exactly_its_window(layer):
    torch.manual_seed(0)
    net = Layers(nn.ModuleList([layer(CHANNELS, WINDOW)]))
    x = frames()
    changed = x.clone()
    changed[..., 5] = frames(seed=1)[..., 5]
    difference = (net(x)[0] - net(changed)[0]).abs().amax((0, 1))
    seen = torch.nonzero(difference > 1e-6).flatten()
    assert seen.min() == 5 and seen.max() == 5 + REACH[layer] - 1


@torch.no_grad()
def test_recurrent_remembers_everything():
    net, x = lively("recurrent"), frames()
    changed = x.clone()
    changed[..., 0] = frames(seed=1)[..., 0]
    assert (net(x)[0] - net(changed)[0]).abs()[..., -1].max() > 1e-6


@torch.no_grad()
def test_samples_of_a_batch_do_not_mix(encoder):
    x = frames(batch=3)
    alone = torch.cat([encoder(x[i : i + 1])[0] for i in range(3)])
    assert torch.allclose(encoder(x)[0], alone, atol=1e-5)


def test_every_weight_learns(encoder):
    encoder(frames())[0].square().mean().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


@pytest.mark.parametrize("name", [name for name in ENCODERS if name != "ctca"])
@torch.no_grad()
def test_exported_step_equals_torch(name, tmp_path):
    """One frame, opset 18, no control flow; many steps, so that the state counts. The shipped encoder is exported with
    its whole network in other tests."""
    encoder = lively(name)
    x, path = frames(batch=1), tmp_path / "step.onnx"
    state = torch.zeros_like(encoder(x)[1])
    program = torch.onnx.export(
        encoder, (x[..., :1], state), input_names=["x", "state"], output_names=["y", "state_out"],
        opset_version=18, dynamo=True, verbose=False,
    )  # fmt: skip
    assert not {node.op_type for node in program.model.graph} & {"Loop", "If", "Scan", "GRU", "Where", "Pad"}
    program.save(path)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    carried = state.numpy()
    for frame in range(FRAMES):
        y, carried = session.run(None, {"x": x[..., frame : frame + 1].numpy(), "state": carried})
        want, state = encoder(x[..., frame : frame + 1], state)
        assert np.abs(y - want.numpy()).max() < 1e-4
    assert np.abs(carried - state.numpy()).max() < 1e-4


@torch.no_grad()
def test_gru_is_torchs():
    torch.manual_seed(0)
    gru, reference = Recurrent(CHANNELS, WINDOW).gru, nn.GRU(CHANNELS, CHANNELS, batch_first=True)
    reference.weight_ih_l0.copy_(gru.enter.weight[..., 0])
    reference.weight_hh_l0.copy_(gru.carry.weight)
    reference.bias_ih_l0.copy_(gru.enter.bias)
    reference.bias_hh_l0.copy_(gru.carry.bias)
    x = frames()
    want, _ = reference(x.transpose(1, 2))
    assert torch.allclose(gru(x, History()), want.transpose(1, 2), atol=1e-5)


@torch.no_grad()
def test_first_frame_is_answered_as_if_the_person_had_stood_still():
    """An untrained TCN says of the first frame what it says of a frame that came 13 times over."""
    torch.manual_seed(0)
    net = TCN(CHANNELS, WINDOW)
    for module in net.modules():
        if isinstance(module, HallucinatingConv):
            nn.init.normal_(module.weight, std=0.3)
            nn.init.zeros_(module.imagine[2].weight)
    still = frames()[..., :1].expand(-1, -1, 13)
    out = net(still, History())
    assert torch.allclose(out[..., 0], out[..., 12], atol=1e-5)


@torch.no_grad()
def test_hallucination_fills_the_memory_once():
    """What is imagined matters up to the frame whose window is real, and is decided by the first frame alone."""
    net, x = lively("tcn"), frames()
    whole = net(x)[0]
    _, state = net(x[..., :1])
    for module in net.modules():
        if isinstance(module, HallucinatingConv):
            module.imagine[2].bias += 1.0
    difference = (net(x)[0] - whole).abs().amax((0, 1))
    assert difference[:6].min() > 1e-3
    assert difference[12:].max() < 1e-5
    assert torch.allclose(net(x[..., 1:], state)[0], whole[..., 1:], atol=1e-4)


@torch.no_grad()
def test_similarity_counts_in_moca():
    """A frame that repeats the present one weighs more than another, whatever theta and phi say."""
    torch.manual_seed(0)
    net = MoCA(CHANNELS, WINDOW)
    for conv in (net.theta, net.phi):
        nn.init.zeros_(conv.weight)
    nn.init.normal_(net.out.weight)
    x = frames()
    repeated = x.clone()
    repeated[..., 8] = x[..., 10]
    g = net.g(net.norm(repeated))[..., 5:11]
    alike = net.norm(repeated)[..., 10]
    scores = torch.einsum("bc,bct->bt", alike, net.norm(repeated)[..., 5:11]) / CHANNELS**0.5
    attention = torch.full_like(scores, 1 / 6)
    weights = (net.rho[0] * scores.softmax(-1) + net.rho[1] * attention).softmax(-1)
    assert (weights[:, 3] >= weights.amax(1) - 1e-6).all()
    want = repeated[..., 10] + net.out((g * weights[:, None]).sum(-1, keepdim=True))[..., 0]
    assert torch.allclose(net(repeated, History())[..., 10], want, atol=1e-4)


def test_unknown_name_is_explained():
    with pytest.raises(VtmError, match="'lstm'.*ctca, moca, tcn, recurrent, convolution"):
        temporal_encoder("lstm", CHANNELS, WINDOW)
