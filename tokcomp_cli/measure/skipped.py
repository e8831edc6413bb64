"""What it costs that some frames were not encoded: told from a sample of them that was."""

from dataclasses import dataclass, field

import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.bootstrap import bootstrap
from tokcomp_cli.core.results.sampling import GateFacts
from tokcomp_cli.gate.block_test import TEST
from tokcomp_cli.measure.reservoir import Totals


@dataclass(slots=True)
class SkipChecks:
    """The sample of skipped frames.

    Attributes:
        skipped: Frames that were skipped.
        similarities: Mean cosine of the content of a checked frame and of the frame that it looks like.
        errors: Mean squared distance of the two, a patch.
    """

    skipped: int = 0
    similarities: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, content: Tensor, stood: Tensor) -> None:
        """Count a checked frame.

        Args:
            content: Its content, (P, D).
            stood: Content of the frame that it looks like, (P, D).
        """
        self.similarities.append(float(F.cosine_similarity(content, stood, dim=1).mean()))
        self.errors.append(float((content - stood).square().sum(1).mean()))

    def facts(self, mode: str, totals: Totals, *, floor: float, seed: int) -> GateFacts | None:
        """Return what the gate did, or None where nothing was skipped.

        Args:
            mode: Of the gate.
            totals: Over all frames: the error is given as a share of the content's energy.
            floor: Least energy of a patch.
            seed: Of the bootstrap.
        """
        if not self.skipped:
            return None
        energy = max(totals.energy / totals.patches, floor)
        return GateFacts(
            mode=mode,
            test=TEST,
            frames_skipped=self.skipped,
            frames_checked=len(self.errors),
            similarity=bootstrap(self.similarities, seed=seed),
            error=bootstrap([error / energy for error in self.errors], seed=seed),
        )
