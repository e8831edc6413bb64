"""How fast a whole run is beside plain scripts that do the same: the result of `tokcomp bench pipeline`."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokcomp_cli.core.frames import MediaFacts

BUSY_LOAD = 1.0


@dataclass(frozen=True, slots=True)
class Spent:
    """What one thing took: seconds on the wall, and CPU seconds of all threads and child processes."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Work:
    """What was done in each round.

    Attributes:
        loops: How often the file's packets were repeated; 1 for the file as it is.
        seconds: Presentation time of what was read, loops counted.
        rule: Which frames were sampled, as `native`.
        frames: Sampled frames.
        frames_encoded: How many of them we encode.
        measured_by: What the least amount of work was measured by.
    """

    loops: int
    seconds: float
    rule: str
    frames: int
    frames_encoded: int
    measured_by: str


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What our run found out with the gate, and without.

    Attributes:
        explained: `explained` of the temporal stage, `gated` and `ungated`.
        merged_frames: By variant.
        timeline_agreement: Adjusted Rand index of the frames' merged frames with the gate and without.
    """

    explained: Mapping[str, float]
    merged_frames: Mapping[str, int]
    timeline_agreement: float


@dataclass(frozen=True, slots=True)
class Machine:
    """What it was measured on.

    Attributes:
        processor: Its name, or the architecture where the system does not name it.
        cores: That this process may use.
        threads: Of torch.
        load: Programs that wanted to run when it began, mean of a minute; None where the system does not say.
        encoder: Its name.
        dtype: Number format of the encoder, by variant.
        versions: Of libraries, by name.
    """

    processor: str
    cores: int
    threads: int
    load: float | None
    encoder: str
    dtype: Mapping[str, str]
    versions: Mapping[str, str]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what makes the figures doubtful, each a sentence."""
        if self.load is None or self.load <= BUSY_LOAD:
            return ()
        return (
            f"other programs were running (load {self.load:.1f}): torch's threads wait for each other then, "
            "so the plain scripts look slower than they are; measure again on a quiet machine",
        )


@dataclass(frozen=True, slots=True)
class PipelineSpeed:
    """The speed of a whole run.

    Attributes:
        media: The file.
        work: What was done in each round.
        rounds: What each variant took in each round, by name.
        spent: The medians over rounds.
        outcomes: What our run found out.
        machine: What it was measured on.
        peak_memory_bytes: Most memory that our run held.
        peak_memory_of: Whose memory that is, and how it was read.
    """

    media: MediaFacts
    work: Work
    rounds: tuple[Mapping[str, Spent], ...]
    spent: Mapping[str, Spent]
    outcomes: Outcomes
    machine: Machine
    peak_memory_bytes: int
    peak_memory_of: str

    def speedup(self, script: str) -> float:
        """Return how many times as long a script takes as we do."""
        return self.spent[script].seconds / self.spent["ours"].seconds

    @property
    def overhead_share(self) -> float:
        """Return the share of our CPU time that is neither decoding nor encoding; below 0 by noise only."""
        computing = self.spent["decode"].cpu_seconds + self.spent["encode"].cpu_seconds
        return 1 - computing / self.spent["ours"].cpu_seconds

    @property
    def wall_vs_limit(self) -> float:
        """Return our time over the least there could be with decoding and encoding as they are."""
        decode, encode = self.spent["decode"], self.spent["encode"]
        shared = (decode.cpu_seconds + encode.cpu_seconds) / self.machine.cores
        return self.spent["ours"].seconds / max(decode.seconds, encode.seconds, shared)

    @property
    def explained_delta(self) -> float:
        """Return `explained` of the temporal stage with the gate minus without."""
        return self.outcomes.explained["gated"] - self.outcomes.explained["ungated"]

    @property
    def frames_per_second(self) -> dict[str, float]:
        """Return frames a second by variant: sampled ones, and for `encode` those that we encode."""
        frames = dict.fromkeys(self.spent, self.work.frames) | {"encode": self.work.frames_encoded}
        return {name: frames[name] / one.seconds for name, one in self.spent.items()}
