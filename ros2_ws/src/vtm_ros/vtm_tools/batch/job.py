"""One video to capture, and what became of it."""

import json
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """All that changes the motion, or which files it is written to.

    Attributes:
        max_people: People to follow at a time; with more than 1 each has files.
        pose_model: The 2D network.
        hands: The hand network.
        hands_every: Each hand is looked at once in so many frames.
        fov: Field of view along the longer side, degrees, where there is no calibration.
        lens: Of a calibrated camera, the fields of `vtm.camera.Intrinsics` as JSON.
        subject_height: Metres, None for an average adult's.
        once: Every video is run over once, as if live.
        raw: Feet that stand are not held in place.
        bvh: Whether each motion is written as a .bvh file, too.
        twice: Whether the 2D network looks twice.
    """

    max_people: int = 1
    pose_model: str = "full"
    hands: str = "off"
    hands_every: int = 1
    fov: float = 60.0
    lens: str = ""
    subject_height: float | None = None
    once: bool = False
    raw: bool = False
    bvh: bool = False
    twice: bool = False

    def text(self) -> str:
        """As one line that `of_text` reads."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> "Settings | None":
        """Of a line of today or earlier; None where a later release wrote it."""
        try:
            return cls(**json.loads(text))
        except TypeError:
            return None


@dataclass(frozen=True)
class Piece:
    """Part of a long video.

    Attributes:
        number: From 1 up.
        count: How many pieces the video has.
        start_ns: Time in the file where it starts, nanoseconds; the first starts with the first frame.
        end_ns: Time in the file where the next one starts; the last ends with the file.
    """

    number: int
    count: int
    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end_ns - self.start_ns) * 1e-9

    def __str__(self) -> str:
        start, end = (
            f"{minutes}:{seconds:02}"
            for minutes, seconds in (divmod(round(place * 1e-9), 60) for place in (self.start_ns, self.end_ns))
        )
        return f"piece {self.number} of {self.count}, from {start} to {end} min"


@dataclass(frozen=True)
class Job:
    """One video to capture, or a part of that work.

    Attributes:
        video: The file.
        folder: Of all results.
        name: The video's results in that folder, without a suffix.
        bytes: Size of the file.
        mtime_ns: When it was changed last.
        settings: How.
        threads: Of the processor.
        backend: What runs the networks.
        longest: Times its own length that a video may take, for each person.
        opens_s: Seconds until its length must be known.
        known: SHA-256 of the file that the results at hand are of, "" where there are none.
        run: Whose job it is, where several runs share workers.
        piece_s: A video longer than so many seconds is captured in pieces; 0 takes it whole.
        piece: The one whose people are to be looked at, in place of the whole.
        pieces: Those that were looked at, and are to be captured together.
    """

    video: Path
    folder: Path
    name: str
    bytes: int
    mtime_ns: int
    settings: Settings = Settings()
    threads: int = 1
    backend: str = "auto"
    longest: float = 60.0
    opens_s: float = 120.0
    known: str = ""
    run: str = ""
    piece_s: float = 0.0
    piece: Piece | None = None
    pieces: tuple[Piece, ...] = ()


class Status(str, Enum):
    """What became of a video."""

    DONE = "done"
    NOBODY = "nobody"
    FAILED = "failed"
    SAME = "same"
    """The results at hand are of this very file."""
    LONG = "long"
    """It is to be captured in pieces."""
    WHOLE = "whole"
    """It cannot be captured in pieces."""


@dataclass(frozen=True)
class Outcome:
    """What one attempt came to.

    Attributes:
        status: What became of it.
        error: Why it failed.
        stops: Whether all others would fail, too, as on a full disk.
        killed: Whether it was ended from outside, for which the video is hardly to blame.
        sha256: Of the file.
        outputs: Files that were written, relative to the folder of all results.
        people: How many are in them.
        frames: Of the video.
        lost: Frames that could not be read.
        seconds: Of the video.
        tracked: Share of the frames that show somebody.
        quality: Share of the motions that are GOOD, as the topic `quality` says it.
        confidence: Mean over the joints, 0..1.
        faults: What is to be said of it, in sentences.
        took_s: Seconds.
        host: The machine.
    """

    status: Status
    error: str = ""
    stops: bool = False
    killed: bool = False
    sha256: str = ""
    outputs: tuple[str, ...] = ()
    people: int = 0
    frames: int = 0
    lost: int = 0
    seconds: float = 0.0
    tracked: float = 0.0
    quality: float | None = None
    confidence: float | None = None
    faults: str = ""
    took_s: float = 0.0
    host: str = ""


@dataclass(frozen=True)
class Long(Outcome):
    """Of a long video.

    Attributes:
        pieces: Of which it consists.
    """

    pieces: tuple[Piece, ...] = ()


def failed(error: str, stops: bool = False, killed: bool = False) -> Outcome:
    """An attempt that came to nothing."""
    return Outcome(Status.FAILED, " ".join(error.split()), stops, killed)
