import torch

from vtm.body.rotations import matrix_from_rotvec
from vtm.samples.virtual_camera import angular_velocity, by_gyroscope, carried, look_at_person, project, to_camera

BATCH, FRAMES = 300, 48


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def walkers() -> tuple[torch.Tensor, torch.Tensor]:
    seconds = (torch.arange(FRAMES) / 30).expand(BATCH, -1)
    return torch.stack([1.4 * seconds, torch.zeros_like(seconds), torch.full_like(seconds, 0.95)], -1), seconds


def test_angular_velocity_is_about_the_axes_of_the_camera():
    rate, interval = torch.tensor([0.1, 0.2, -0.3]), torch.full((1, 5), 0.04)
    to_world = matrix_from_rotvec(torch.tensor([1.0, 0.5, 0.2])) @ matrix_from_rotvec(
        rate * interval.cumsum(1)[..., None]
    )
    found = angular_velocity(to_world.mT, interval)
    assert not found[:, 0].any() and torch.allclose(found[0, 1:], rate.expand(4, 3), atol=1e-4)


def test_some_carried_cameras_keep_the_walker_in_place():
    pelvis, seconds = walkers()

    def wander(look) -> torch.Tensor:
        rays = project(to_camera(pelvis[:, :, None], *look(pelvis, seconds, generator())))[:, :, 0]
        return (rays - rays[:, FRAMES // 2, None]).norm(dim=-1).amax(1)

    assert (wander(carried) < 0.02).float().mean() > (wander(look_at_person) < 0.02).float().mean() + 0.05


def test_carried_cameras_turn_more_often_than_those_on_a_tripod():
    pelvis, seconds = walkers()
    interval = torch.full((BATCH, FRAMES), 1 / 30)

    def camera_rate(look) -> torch.Tensor:
        rotation, _ = look(pelvis, seconds, generator())
        assert torch.allclose(rotation @ rotation.mT, torch.eye(3), atol=1e-5)
        return angular_velocity(rotation, interval).norm(dim=-1).amax(1)

    still = (camera_rate(carried) < 1e-3).float().mean()
    assert 0.1 < still < 0.5 < (camera_rate(look_at_person) < 1e-3).float().mean()
    assert camera_rate(carried).max() < 3


def test_a_gyroscope_says_about_what_is_so_or_nothing():
    camera_rate = torch.full((BATCH, FRAMES, 3), 0.3)
    said = by_gyroscope(camera_rate, generator())
    known = said.flatten(1).any(1)
    assert 0.55 < known.float().mean() < 0.8 and not said[~known].any()
    assert 0.01 < (said - camera_rate)[known].std() < 0.04 and abs((said - camera_rate)[known].mean()) < 0.005
