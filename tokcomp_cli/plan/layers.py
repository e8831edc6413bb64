"""Visual tokens inside the language model."""

from tokcomp_cli.core.results.analysis import LayerSchedule
from tokcomp_cli.core.rounding import half_up


def schedule(llm_input: int, *, layers: int, keep: tuple[float, ...]) -> LayerSchedule:
    """Return the visual tokens that enter each layer, never below one.

    Args:
        llm_input: Visual tokens at the language model's input.
        layers: Number of layers.
        keep: Kept fractions of the input at depth 0, 1/4, 1/2 and 3/4.

    Reference: fractions are of the input, not of the stage before, as in PyramidDrop (arXiv 2410.17247);
    its own fractions differ.
    """
    tokens = tuple(half_up(keep[layer * len(keep) // layers] * llm_input) for layer in range(layers))
    return LayerSchedule(keep, tokens)
