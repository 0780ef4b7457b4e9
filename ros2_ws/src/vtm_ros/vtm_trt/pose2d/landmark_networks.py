"""The landmark network on several regions of one frame, beside each other where that is quicker."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from vtm.types import Frame
from vtm_trt.pose2d.gpu_crop import Crops, DeviceRunner
from vtm_trt.pose2d.landmarks import LandmarkNetwork, Landmarks
from vtm_trt.pose2d.roi import Roi


class LandmarkNetworks:
    """`networks(frames, regions)` is what `LandmarkNetwork` sees in each region, of a frame each.

    On the processor several regions are looked at by as many networks of one thread each; one alone by all threads.

    Args:
        variant: One of `landmarks.VARIANTS`.
        backend: What runs the networks.
        threads: Of the processor, in all.
        crops: Shared with those who look at the same frames.
        twice: See `LandmarkNetwork`.

    Attributes:
        one: The network that looks at a region alone.

    Raises:
        VtmError: The variant is unknown, or the network is missing or cannot run here.
    """

    def __init__(
        self,
        variant: str = "full",
        backend: str = "auto",
        threads: int = 2,
        crops: Crops | None = None,
        twice: bool = False,
    ):
        crops = crops or Crops()
        self.one = LandmarkNetwork(variant, backend, threads, crops, twice)
        beside = 1 if isinstance(self.one.runner, DeviceRunner) else threads
        self._several = [LandmarkNetwork(variant, backend, 1, crops, twice) for _ in range(beside if beside > 1 else 0)]
        self._pool = ThreadPoolExecutor(beside - 1, "person") if beside > 1 else None

    def __call__(self, frames: Sequence[Frame], regions: Sequence[Roi]) -> list[Landmarks | None]:
        """The landmarks in each region, None where nobody is; the images of the frames are C-contiguous."""
        looks = list(zip(frames, regions, strict=True))
        seen: list[Landmarks | None] = []
        while len(seen) < len(looks):
            now = looks[len(seen) : len(seen) + max(len(self._several), 1)]
            if len(now) == 1 or self._pool is None:
                seen += [self.one(*look) for look in now]
                continue
            first, *others = zip(self._several, now, strict=False)
            waiting = [self._pool.submit(network, *look) for network, look in others]
            seen.append(first[0](*first[1]))
            seen += [one.result() for one in waiting]
        return seen
