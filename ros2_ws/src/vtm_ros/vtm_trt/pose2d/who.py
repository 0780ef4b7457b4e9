"""Who is who: which lost person a body is, and whether people who met have been exchanged."""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from vtm_trt.pose2d.landmarks import Landmarks
from vtm_trt.pose2d.look import Look
from vtm_trt.pose2d.person import Person

NEAR_NS = 1_000_000_000
"""Nanoseconds for which a person who was lost is known by its place as well."""
AT_ONCE_NS, THERE = 800_000_000, 0.15
"""Nanoseconds after which, and sides within which a body where somebody was lost is that person, whatever its look: who
has turned round, or was hardly seen before, looks otherwise."""
KNOWN = 3
"""Pictures after which a look says who somebody is."""
ALIKE, UNLIKE = 1.5, 2.5
"""`Look.distance` under which a body is taken for somebody whose place tells nothing, and above which it is not taken
for somebody whose place fits. Measured: people stay within 2.2 of what they looked like before, most within 1.5; five
of six others are beyond 2.5."""
STRANGER = 4.0
"""`Look.distance` above which a body is somebody else even if nobody who is known looks like it."""
COMES_OUT, COMES_OUT_NS = 3.5, 3_000_000_000
"""The same for somebody who was behind others so many nanoseconds ago at most: people do not come from nowhere."""
SUSPECT, BETTER = 2.0, 1.0
"""Least `Look.distance` of a body from the person who should be there, if it is that of one who is lost; and by how
much it is nearer to the look of that one, within ALIKE."""
TOLD = 0.4
"""Share of the features that must be seen of a body whose place tells nothing."""
FOLLOWS = 0.25
"""Share of the last body, if all of it is seen, in `Person.unlike`."""
CLEARLY = 1.5
"""By how much the looks of exchanged people must agree better."""
IMPOSSIBLE = 1e6


def returned(
    bodies: Sequence[Landmarks], looks: Sequence[Look], lost: Sequence[Person], stamp_ns: int, scene_ns: int
) -> list[Person | None]:
    """Who of the people who were lost each of the bodies found in a frame is; None for nobody of them.

    Args:
        bodies: The bodies.
        looks: How each looks in this frame.
        lost: The people.
        stamp_ns: Of the frame.
        scene_ns: Since when the pictures show this scene: people who were seen before may be anywhere.
    """
    cost = np.array([
        [_cost(body, look, person, stamp_ns, scene_ns) for person in lost]
        for body, look in zip(bodies, looks, strict=True)
    ]).reshape(len(bodies), len(lost))  # fmt: skip
    who: list[Person | None] = [None] * len(bodies)
    for body, person in zip(*linear_sum_assignment(cost), strict=True):
        if cost[body, person] < IMPOSSIBLE:
            who[body] = lost[person]
    return who


def _cost(body: Landmarks, look: Look, person: Person, stamp_ns: int, scene_ns: int) -> float:
    """How strange the body is for the person; IMPOSSIBLE where it cannot be the person."""
    unlike = _unlike(look, person)
    is_placed = person.seen_ns >= scene_ns and stamp_ns - person.seen_ns <= NEAR_NS
    if is_placed and stamp_ns - person.seen_ns < AT_ONCE_NS and person.off(body, stamp_ns) < THERE:
        return strangeness(body, look, person, stamp_ns)
    if is_placed and unlike < UNLIKE and person.fits(body, stamp_ns):
        return strangeness(body, look, person, stamp_ns)
    is_told = person.look.views >= KNOWN and look.told > TOLD
    was_hidden = person.hidden_ns >= max(scene_ns, stamp_ns - COMES_OUT_NS)
    return 1.0 + unlike if is_told and unlike < (COMES_OUT if was_hidden else ALIKE) else IMPOSSIBLE


def strangeness(body: Landmarks, look: Look, person: Person, stamp_ns: int) -> float:
    """How far a body is from the place of a person, in sides, and how unlike it looks; about 1 if it is the person."""
    return person.off(body, stamp_ns) + _unlike(look, person)


def is_somebody_else(look: Look, person: Person, others: Iterable[Person]) -> bool:
    """Whether the bodies where a person should be have not looked like it for a while, but like one of the others.

    Args:
        look: Of the last of the bodies.
        person: Who should be there.
        others: All others who are known.
    """
    person.unlike += FOLLOWS * look.told * (_unlike(look, person) - person.unlike)
    if person.unlike <= UNLIKE:
        return False
    alike = min(ALIKE, person.unlike - BETTER)
    return person.unlike > STRANGER or any(
        other.look.views >= KNOWN and other.look.distance(look) < alike for other in others
    )


def owner(body: Landmarks, look: Look, person: Person, lost: Sequence[Person], stamp_ns: int) -> Person:
    """Whose a body is that is seen where a person should be: mostly that person's, else that of one who is lost.

    Args:
        body: The body.
        look: How it looks in this frame.
        person: Who should be there.
        lost: Who is followed but not seen.
        stamp_ns: Of the frame.
    """
    known = [other for other in lost if other.look.views >= KNOWN and other.fits(body, stamp_ns)]
    if not known or look.told <= TOLD or min(person.unlike, _unlike(look, person)) < SUSPECT:
        return person
    best = min(known, key=lambda other: other.look.distance(look))
    return best if best.look.distance(look) < min(ALIKE, _unlike(look, person) - BETTER) else person


def _unlike(look: Look, person: Person) -> float:
    return person.look.distance(look) if person.look.views >= KNOWN else 1.0


def exchanged(met: Sequence[Person]) -> dict[Person, Person]:
    """Which of the people who met follow somebody else's body, by how these bodies look since.

    Args:
        met: All of them; the bodies of some may be lost. Who is seen, but not well since, is who it was.

    Returns:
        By each person whose body is another's, that other person; empty where the evidence is not clear.
    """
    known = [person for person in met if person.look.views >= KNOWN]
    seen = [one for one in known if one.is_seen and one.recent.views >= KNOWN and one.recent.told > TOLD]
    known = [person for person in known if person in seen or not person.is_seen]
    if not seen or len(known) < 2:
        return {}
    cost = np.array([[owner.look.distance(body.recent) for owner in known] for body in seen])
    bodies, owners = linear_sum_assignment(cost)
    own = [known.index(body) for body in seen]
    if cost[range(len(seen)), own].sum() - cost[bodies, owners].sum() < CLEARLY:
        return {}
    return {seen[body]: known[owner] for body, owner in zip(bodies, owners, strict=True) if own[body] != owner}
