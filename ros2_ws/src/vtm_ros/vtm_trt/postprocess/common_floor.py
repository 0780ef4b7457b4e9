"""One floor for several people: whoever has stood on it for longest teaches it."""

from collections import Counter

from vtm.types import Motion
from vtm_trt.postprocess.feet import HOLD
from vtm_trt.postprocess.floor import Floor


class CommonFloor(Floor):
    """A Floor for the motions of several people, told apart by their `person_id`: one world, one height for all."""

    def __init__(self) -> None:
        super().__init__()
        self._stood: Counter[int] = Counter()

    def leave(self, person: int) -> None:
        """This person, by number, is gone."""
        self._stood.pop(person, None)

    def __call__(self, motion: Motion) -> Motion:
        """The motion with its camera's pose and the height of the floor."""
        self._stood[motion.person_id] += bool((motion.contacts > HOLD).any())
        teacher, _ = self._stood.most_common(1)[0]
        return self._tell(motion, learns=motion.person_id == teacher)
