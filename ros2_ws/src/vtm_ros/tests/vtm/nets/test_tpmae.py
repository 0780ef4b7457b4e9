import torch

from vtm.body.skeleton import LOWER, NUM_JOINTS, UPPER
from vtm.nets.tpmae import REST_6D, TPMAE, MotionCode


def motion(frames: int = 12) -> MotionCode:
    generator = torch.Generator().manual_seed(0)
    rot6d = torch.tensor(REST_6D) + torch.randn(2, frames, NUM_JOINTS, 6, generator=generator) * 0.1
    return MotionCode(rot6d, torch.full((2, frames), 1.2), torch.zeros(2, frames))


def test_halves_share_only_the_root():
    assert set(UPPER) & set(LOWER) == {0}
    assert set(UPPER) | set(LOWER) == set(range(NUM_JOINTS))


@torch.no_grad()
def test_each_half_encodes_its_own_joints():
    net, original = TPMAE(channels=32, latent=16), motion()
    upper, lower = net.encode(original)
    for joint in range(1, NUM_JOINTS):
        moved = MotionCode(original.rot6d.clone(), original.log_depth, original.velocity)
        moved.rot6d[:, :, joint] += 0.5
        new_upper, new_lower = net.encode(moved)
        assert torch.equal(new_upper, upper) == (joint not in UPPER)
        assert torch.equal(new_lower, lower) == (joint not in LOWER)


@torch.no_grad()
def test_without_two_parts_both_encoders_see_every_joint():
    net, original = TPMAE(channels=32, latent=16, two_parts=False), motion()
    codes = net.encode(original)
    for joint in range(NUM_JOINTS):
        moved = MotionCode(original.rot6d.clone(), original.log_depth, original.velocity)
        moved.rot6d[:, :, joint] += 0.5
        assert not any(torch.equal(new, old) for new, old in zip(net.encode(moved), codes, strict=True))


@torch.no_grad()
def test_latents_have_unit_variance():
    upper, _ = TPMAE(channels=32, latent=16).encode(motion())
    assert torch.allclose(upper.var(dim=1, unbiased=False), torch.ones(2, 12), atol=1e-2)


def test_learns_to_reconstruct():
    torch.manual_seed(0)
    net, target = TPMAE(channels=32, latent=16), motion()
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)

    def error() -> torch.Tensor:
        return (net(target, torch.zeros(2, 12, 3))[0].rot6d - target.rot6d).abs().mean()

    first = error().item()
    for _ in range(60):
        optimizer.zero_grad()
        error().backward()
        optimizer.step()
    assert error().item() < 0.6 * first
