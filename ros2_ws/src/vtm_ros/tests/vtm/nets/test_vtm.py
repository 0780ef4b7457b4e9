import pytest
import torch

from vtm.nets.encoders import ENCODERS
from vtm.nets.history import History
from vtm.nets.tpve import MAX_LOOKAHEAD, lookahead_select
from vtm.nets.vtm import VTM, VtmConfig

FRAMES = 40
TURNING, SELECT = 4, 6
"""Places of the camera's angular velocity and of the one input that has no time axis."""


def lively(config: VtmConfig) -> VTM:
    """A network whose every weight matters, not one near its quiet initial values."""
    torch.manual_seed(1)
    net = VTM(config).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return net


@pytest.fixture(scope="module")
def net() -> VTM:
    return lively(VtmConfig(channels=32, latent=16, window=8))


def frames(lookahead: int, count: int = FRAMES, seed: int = 0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)

    def rand(*shape: int) -> torch.Tensor:
        return torch.rand(1, count, *shape, generator=generator)

    confidence = rand(23) * (rand(23) > 0.2)
    select = lookahead_select(lookahead)[None]
    box, interval, arrived = rand(3) * 0.5 + 0.3, rand(1) * 0.05 + 0.01, torch.ones(1, count, 1)
    return rand(23, 2) - 0.5, confidence, box, interval, rand(3) - 0.5, arrived, select, rand() * 0.2, rand()


def part(inputs: tuple[torch.Tensor, ...], first: int, end: int) -> tuple[torch.Tensor, ...]:
    return tuple(x if index == SELECT else x[:, first:end] for index, x in enumerate(inputs))


def tensors(output) -> tuple[torch.Tensor, ...]:
    return (*vars(output.motion).values(), output.log_bone_ratio, output.contact, output.log_error, output.turn_ahead)


def close(got: torch.Tensor, want: torch.Tensor) -> bool:
    """But for rounding, which random networks multiply."""
    return bool((got - want).abs().max() < 1e-4 * want.abs().max().clamp(min=1))


@pytest.mark.parametrize("lookahead", [0, 3, MAX_LOOKAHEAD])
@pytest.mark.parametrize("chunk", [1, 7])
@torch.no_grad()
def test_stream_equals_clip(net, lookahead, chunk):
    inputs = frames(lookahead)
    whole = tensors(net(*inputs))
    state = torch.zeros(1, net.state_size())
    for first in range(0, FRAMES, chunk):
        output = net(*part(inputs, first, first + chunk), state)
        state = output.state
        for got, want in zip(tensors(output), whole, strict=True):
            assert close(got, want[:, first : first + chunk])


@pytest.mark.parametrize("change", [{"encoder": name} for name in ENCODERS], ids=str)
@torch.no_grad()
def test_single_frames_equal_clip(change):
    """Frames without a time axis, as the exported step gets them, leave the memory that the clip leaves. In double
    precision, since random networks multiply the rounding."""
    net = lively(VtmConfig(channels=32, latent=16, window=8, **change))
    state, sizes = torch.zeros(1, net.state_size(), dtype=torch.float64), ()
    net, inputs = net.double(), tuple(x.double() for x in frames(3))
    clip = net(*inputs)
    for frame in range(FRAMES):
        history = History(state, sizes)
        single = tuple(x if index == SELECT else x[:, frame] for index, x in enumerate(inputs))
        output = net.run(*single, history)
        state, sizes = history.state, history.sizes
        for got, want in zip(tensors(output), tensors(clip), strict=True):
            assert (got - want[:, frame]).abs().max() < 1e-4
    assert (state - clip.state).abs().max() < 1e-4


@torch.no_grad()
def test_output_does_not_depend_on_frames_that_have_not_arrived(net):
    before, after = frames(4, seed=0), frames(4, seed=1)
    mixed = tuple(
        a if index == SELECT else torch.cat([a[:, :20], b[:, 20:]], 1)
        for index, (a, b) in enumerate(zip(before, after, strict=True))
    )
    for got, want in zip(tensors(net(*mixed)), tensors(net(*before)), strict=True):
        assert torch.equal(got[:, :20], want[:, :20])
        assert not torch.allclose(got[:, 20:], want[:, 20:], atol=1e-3)


@torch.no_grad()
def test_lookahead_lets_later_frames_speak(net):
    """At look-ahead L, step s is about frame s - L, and yet it moves when frame s changes."""
    inputs = frames(5)
    changed = (inputs[0].clone(), *inputs[1:])
    changed[0][:, 30] += 0.3
    difference = (net(*inputs).motion.rot6d - net(*changed).motion.rot6d).abs().amax((0, 2, 3))
    assert difference[:30].max() == 0
    assert difference[30] > 1e-5


@pytest.mark.parametrize("change", [{"encoder": name} for name in ENCODERS] + [{"two_parts": False}], ids=str)
@torch.no_grad()
def test_every_variant_streams(change):
    variant, inputs = lively(VtmConfig(channels=32, latent=16, window=8, **change)), frames(2)
    whole, state = tensors(variant(*inputs)), torch.zeros(1, variant.state_size())
    for first in range(0, FRAMES, 5):
        output = variant(*part(inputs, first, first + 5), state)
        state = output.state
        for got, want in zip(tensors(output), whole, strict=True):
            assert close(got, want[:, first : first + 5])


def test_weights_of_ctca_keep_their_names(net):
    """Checkpoints name them so."""
    for half in ("upper", "lower"):
        names = {name for name in net.state_dict() if name.startswith(f"tpve.encode_{half}.context.")}
        assert {name.split(".")[3] for name in names} == {"0", "1"}
        assert f"tpve.encode_{half}.context.1.global_branch.qkv.weight" in names and len(names) == 2 * 11


@torch.no_grad()
def test_missing_keypoints_are_masked(net):
    """Where the confidence is 0, the coordinates of a keypoint do not matter."""
    inputs = frames(0)
    noisy = torch.where(inputs[1][..., None] == 0, inputs[0] + 9.0, inputs[0])
    assert (inputs[1] == 0).any()
    for got, want in zip(tensors(net(noisy, *inputs[1:])), tensors(net(*inputs)), strict=True):
        assert torch.equal(got, want)


@torch.no_grad()
def test_image_branch_is_a_switch():
    inputs = frames(0)
    seeing = lively(VtmConfig(channels=32, latent=16, window=8, image_channels=12))
    image = torch.randn(1, FRAMES, 12)
    assert not torch.allclose(seeing(*inputs, image=image).motion.rot6d, seeing(*inputs, image=-image).motion.rot6d)
    for got, want in zip(tensors(seeing(*inputs)), tensors(seeing(*inputs, image=0 * image)), strict=True):
        assert torch.equal(got, want)
    assert VTM(VtmConfig(channels=32, latent=16)).tpve.image_upper is None


@torch.no_grad()
def test_stream_with_image_equals_clip():
    """In double precision, since random networks multiply the rounding."""
    inputs, image = tuple(x.double() for x in frames(2)), frames(2, seed=3)[1][..., :12].double()
    seeing = lively(VtmConfig(channels=32, latent=16, window=8, image_channels=12))
    state = torch.zeros(1, seeing.state_size(), dtype=torch.float64)
    seeing = seeing.double()
    whole = tensors(seeing(*inputs, image=image))
    for first in range(0, FRAMES, 5):
        output = seeing(*part(inputs, first, first + 5), state, image[:, first : first + 5])
        state = output.state
        for got, want in zip(tensors(output), whole, strict=True):
            assert close(got, want[:, first : first + 5])


def test_bone_ratio_is_the_faded_mean_of_all_frames(net):
    with torch.no_grad():
        fused = torch.randn(1, 64, 50)
        mean = net.tpve.bones(fused, History())
        each = net.tpve.bones.head(fused).transpose(1, 2)
    weights = (1 - 1 / 600) ** torch.arange(49, -1, -1.0)
    assert torch.allclose(mean[:, -1], (each * weights[None, :, None]).sum(1) / weights.sum(), atol=1e-5)


@pytest.mark.parametrize("lookahead", [-1, 9])
def test_lookahead_out_of_range(lookahead):
    with pytest.raises(ValueError, match="0..8"):
        lookahead_select(lookahead)


@torch.no_grad()
def test_the_turning_camera_concerns_the_root_of_its_own_frame(net):
    """The decoded pose but for the root, and all that comes out before that frame does, stay as they were."""
    lookahead, changed = 3, 20
    inputs = list(frames(lookahead))
    before = net(*inputs)
    inputs[TURNING] = inputs[TURNING].clone()
    inputs[TURNING][:, changed] += 0.3
    after = net(*inputs)
    moved = (after.decoded[0].motion.rot6d - before.decoded[0].motion.rot6d).abs()[0].amax(-1)
    assert (moved[:, 1:] == 0).all() and (moved[: changed + lookahead] == 0).all() and moved[changed + lookahead, 0] > 0
    assert torch.equal(after.log_bone_ratio, before.log_bone_ratio)
