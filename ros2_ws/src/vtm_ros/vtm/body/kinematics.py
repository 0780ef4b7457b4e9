"""Forward kinematics of a skeleton, for numpy arrays and torch tensors alike."""

from array_api_compat import array_namespace

from vtm.body.skeleton import BODY, Skeleton


def forward_kinematics(local, offsets, root, skeleton: Skeleton = BODY):
    """Global rotations and positions of the joints.

    Args:
        local: (..., 22, 3, 3) rotations relative to the parent, the pelvis relative to the reference frame.
        offsets: (..., 22, 3) joint positions in the parent's frame.
        root: (..., 3) pelvis in the reference frame, the unit of `offsets`.
        skeleton: Whose J joints they are; 22 of the body.

    Returns:
        Rotations (..., 22, 3, 3) and positions (..., 22, 3) in the reference frame.
    """
    xp = array_namespace(local, offsets, root)
    rotation, position = local[..., :1, :, :], root[..., None, :]
    rotations, positions = [rotation], [position]
    for first, end, parents, _ in skeleton.levels:
        parent = rotation[..., parents, :, :]
        position = position[..., parents, :] + (parent @ offsets[..., first:end, :, None])[..., 0]
        rotation = parent @ local[..., first:end, :, :]
        rotations.append(rotation)
        positions.append(position)
    return xp.concat(rotations, axis=-3), xp.concat(positions, axis=-2)
