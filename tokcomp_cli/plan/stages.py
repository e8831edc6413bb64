"""How the spatial and the temporal stage compress."""

from dataclasses import dataclass

from tokcomp_cli.core.setting import setting
from tokcomp_cli.core.stats import STATISTICS
from tokcomp_cli.errors import PlanError, check_choice
from tokcomp_cli.plan.checks import check_share

DEFAULT_TEMPORAL = "frame-merge"


@dataclass(frozen=True, slots=True)
class Spatial:
    """How tokens are merged within a frame.

    Attributes:
        method: Spatial method; None for the default, whose ratio a budget may raise.
        keep_ratio: Share of a grid that is kept; None for the default.
    """

    method: str | None = setting(
        None,
        "Spatial method, see: tokcomp methods.",
        "Compression",
        key="spatial",
        metavar="METHOD",
        absent="saliency-ward",
    )
    keep_ratio: float | None = setting(
        None,
        "Share of a frame's tokens to keep.",
        "Compression",
        key="spatial_ratio",
        metavar="SHARE",
        absent="0.5",
    )

    def __post_init__(self) -> None:
        """Check the method and the ratio.

        Raises:
            PlanError: One of them cannot be done.
        """
        from tokcomp_cli.compress import find

        if self.method is not None:
            find("spatial", self.method)
        check_share("spatial_ratio", self.keep_ratio)


@dataclass(frozen=True, slots=True)
class Temporal:
    """How frames are merged, or how tokens are chosen over the whole video.

    Attributes:
        method: Temporal method; None for the default, which a budget may change.
        keep_ratio: Share of all tokens that a method over the whole video keeps; None for the method's own.
        threshold: Similarity above which a frame joins; None for the encoder's own.
        similarity: Statistic over co-located patches; None for the encoder's own.
        every: Frames that one kept frame stands for, with the method `uniform`.
    """

    method: str | None = setting(
        None,
        "Temporal method, see: tokcomp methods.",
        "Compression",
        key="temporal",
        metavar="METHOD",
        absent=DEFAULT_TEMPORAL,
    )
    keep_ratio: float | None = setting(
        None,
        "Share a whole-video method keeps.",
        "Compression",
        key="temporal_ratio",
        metavar="SHARE",
        absent="the method's",
    )
    threshold: float | None = setting(
        None, "Similarity above which a frame joins.", "Compression", absent="the encoder's"
    )
    similarity: str | None = setting(
        None,
        "Statistic over co-located patches.",
        metavar="mean|p10|min",
        absent="the encoder's",
    )
    every: int = setting(
        4, "With --temporal uniform: keep every k-th.", key="temporal_every", in_result=False
    )

    def __post_init__(self) -> None:
        """Check the method and its numbers.

        Raises:
            PlanError: The first thing that cannot be done.
        """
        from tokcomp_cli.compress import find

        find("temporal", self.name, whole_video=True)
        check_share("temporal_ratio", self.keep_ratio)
        if self.threshold is not None and not -1 <= self.threshold <= 1:
            raise PlanError(f"`threshold` takes a cosine between -1 and 1; got {self.threshold:g}")
        if self.similarity is not None:
            check_choice("similarity", self.similarity, STATISTICS)
        if self.every < 1:
            raise PlanError(f"`temporal_every` takes a whole number, at least 1; got {self.every}")
        if self.keep_ratio is not None and not self.whole_video:
            raise PlanError(
                f"`temporal_ratio` goes with a method over the whole video; `temporal` {self.name} "
                "merges frames by `threshold`"
            )

    @property
    def name(self) -> str:
        """Return the method, the default where none was chosen."""
        return self.method or DEFAULT_TEMPORAL

    @property
    def whole_video(self) -> bool:
        """Return whether the method chooses tokens over the whole video."""
        from tokcomp_cli.compress import find

        return find("temporal", self.name, whole_video=True).compress_video is not None
