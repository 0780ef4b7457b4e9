"""Forward kinematics of the canonical skeleton, for numpy arrays and torch tensors alike."""

from array_api_compat import array_namespace

from vtm.body.skeleton import NUM_JOINTS, PARENTS


def _levels() -> list[tuple[int, int, list[int], int]]:
    """The joints by depth below the pelvis.

    Returns:
        First joint, end, parents counted from the first joint of the level above, and that joint, of each level.
    """
    levels, above, first = [], 0, 1
    while first < NUM_JOINTS:
        end = next((j for j in range(first, NUM_JOINTS) if PARENTS[j] >= first), NUM_JOINTS)
        levels.append((first, end, [PARENTS[j] - above for j in range(first, end)], above))
        above, first = first, end
    return levels


LEVELS = _levels()


def forward_kinematics(local, offsets, root):
    """Global rotations and positions of the joints.

    Args:
        local: (..., 22, 3, 3) rotations relative to the parent, the pelvis relative to the reference frame.
        offsets: (..., 22, 3) joint positions in the parent's frame.
        root: (..., 3) pelvis in the reference frame, the unit of `offsets`.

    Returns:
        Rotations (..., 22, 3, 3) and positions (..., 22, 3) in the reference frame.
    """
    xp = array_namespace(local, offsets, root)
    rotation, position = local[..., :1, :, :], root[..., None, :]
    rotations, positions = [rotation], [position]
    for first, end, parents, _ in LEVELS:
        parent = rotation[..., parents, :, :]
        position = position[..., parents, :] + (parent @ offsets[..., first:end, :, None])[..., 0]
        rotation = parent @ local[..., first:end, :, :]
        rotations.append(rotation)
        positions.append(position)
    return xp.concat(rotations, axis=-3), xp.concat(positions, axis=-2)
