"""Formulas of open models that resize a picture to whole patches: one grid, no tiles."""

import math
from dataclasses import dataclass

from tokcomp_cli.cost.seen import Seen

WIDEST_RATIO = 200


@dataclass(frozen=True, slots=True)
class SmartResize:
    """Sides rounded to whole patches, and pixels brought within bounds, as Qwen's processors do it.

    Attributes:
        patch: Side of what becomes one token, in pixels.
        min_pixels: Fewest pixels; smaller pictures are enlarged.
        max_pixels: Most pixels; larger pictures are reduced.
    """

    patch: int
    min_pixels: int
    max_pixels: int

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost; the processor refuses a side 200 times the other."""
        if max(width, height) > WIDEST_RATIO * min(width, height):
            return Seen(None, f"refused: one side is more than {WIDEST_RATIO} times the other")
        across, down = whole_patches(width, height, self.patch, self.min_pixels, self.max_pixels)
        size = across * self.patch, down * self.patch
        return Seen(across * down, f"{across}×{down} patches of {self.patch} px", size)


def whole_patches(
    width: int, height: int, patch: int, min_pixels: int, max_pixels: int, *, least: int = 0, frames: int = 1
) -> tuple[int, int]:
    """Return patches across and down.

    Args:
        width: In pixels.
        height: In pixels.
        patch: Side of a patch, in pixels.
        min_pixels: Fewest pixels, of all frames.
        max_pixels: Most pixels, of all frames.
        least: Fewest patches a side before the bounds are looked at.
        frames: Frames that share the bounds; the test counts them in pairs, as Qwen3-VL does.
    """
    across, down = (max(round(side / patch), least) for side in (width, height))
    shown = frames if frames == 1 else round(frames / 2) * 2
    pixels = shown * across * down * patch**2
    if pixels > max_pixels:
        shrink = math.sqrt(frames * width * height / max_pixels)
        return max(math.floor(width / shrink / patch), 1), max(math.floor(height / shrink / patch), 1)
    if pixels < min_pixels:
        grow = math.sqrt(min_pixels / (frames * width * height))
        return math.ceil(width * grow / patch), math.ceil(height * grow / patch)
    return across, down


@dataclass(frozen=True, slots=True)
class SoftTokens:
    """The largest grid of the picture's aspect ratio within a budget, as Gemma 4's processor does it.

    Attributes:
        max_tokens: The budget.
        patch: Side of what becomes one token, in pixels; a picture is brought to the budget, up or down.
    """

    max_tokens: int
    patch: int = 48

    def picture(self, width: int, height: int) -> Seen:
        """Return the cost."""
        # The budget in pixels comes first: sizes at a border then fall as they do in the processor.
        scale = math.sqrt(self.max_tokens * self.patch**2 / (width * height))
        across, down = (math.floor(side * scale / self.patch) for side in (width, height))
        if down == 0:
            across, down = min(width // height, self.max_tokens), 1
        elif across == 0:
            across, down = 1, min(height // width, self.max_tokens)
        size = across * self.patch, down * self.patch
        return Seen(across * down, f"{across}×{down} grid, at most {self.max_tokens:,}", size)
