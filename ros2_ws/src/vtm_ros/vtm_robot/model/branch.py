"""What hangs on a link, as a tree of its own: a hand without the robot, in the axes of its palm."""

from dataclasses import replace

import numpy as np

from vtm_robot.model.tree import Frame, Tree


def branch_of(tree: Tree, link: str) -> Tree | None:
    """The joints beyond `link`, which is the base of the new tree; None where there are none.

    A mimic joint that copies one from elsewhere stands still.
    """
    root = tree.links[link]
    bodies = [
        body
        for body in range(1, len(tree.joints) + 1)
        if body != root.body and (root.body == 0 or tree.above[body, root.body - 1])
    ]
    if not bodies:
        return None
    number = {root.body: 0} | {body: place for place, body in enumerate(bodies, start=1)}

    def seen(frame: Frame) -> Frame:
        if frame.body != root.body:
            return frame._replace(body=number[frame.body])
        back = root.turn.T
        return Frame(0, back @ frame.turn, back @ (frame.place - root.place))

    names = {tree.joints[body - 1].name for body in bodies}
    joints = []
    for body in bodies:
        joint = replace(tree.joints[body - 1], frame=seen(tree.joints[body - 1].frame))
        if joint.follows and joint.follows[0] not in names:
            joint = replace(joint, follows=None, lower=0.0, upper=0.0)
        joints.append(joint)
    links = {name: seen(frame) for name, frame in tree.links.items() if frame.body in number}
    links[link] = Frame(0, np.eye(3), np.zeros(3))
    return Tree(joints, links, link, tree.name)
