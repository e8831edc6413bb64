"""Numbers and facts in words, as the page says them."""

from collections.abc import Mapping
from math import floor

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Analysis, SamplingFacts, Scalar
from tokcomp_cli.core.rounding import readable_bytes


def count(number: float) -> str:
    """Return a count with thousands apart; a mean keeps one decimal."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.1f}"


def plural(number: int, noun: str) -> str:
    """Return `1 frame`, `2 frames`."""
    return f"{count(number)} {noun}" + ("" if number == 1 else "s")


def share(value: float) -> str:
    """Return a share to three decimals, rounded down so that it never claims a target it misses."""
    return f"{floor(value * 1000 + 1e-6) / 1000:.3f}".replace("-", "−")


def less(reduction: float) -> str:
    """Return `-97.6%`; what is not quite nothing or everything is not printed as such."""
    percent = 100 * reduction
    if 0 < percent < 100:
        percent = min(max(percent, 0.1), 99.9)
    return f"−{percent:.1f}%" if percent else "0.0%"


def seconds(value: float) -> str:
    """Return `7.25 s`."""
    return f"{value:,.2f} s"


def milliseconds(value: float) -> str:
    """Return `312`, or `0.4` below ten."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def media_words(media: MediaFacts) -> str:
    """Return what the file is: kind, size, length, format."""
    words = [f"{media.kind} {media.width}×{media.height}"]
    if media.kind != "image":
        words += [seconds(media.duration_seconds)] if media.duration_seconds is not None else []
        rate = "variable rate" if media.variable_frame_rate else ""
        if not rate and media.fps_average is not None:
            rate = f"{media.fps_average:.4g} fps"
        words.append(plural(media.frames_in_file, "frame") + (f", {rate}" if rate else ""))
    container = "/".join(media.container.split(",")[:2])
    words.append(media.codec if media.codec == container else f"{media.codec} in {container}")
    words.append(readable_bytes(media.size_bytes))
    if media.rotation_degrees:
        words.append(f"rotated {media.rotation_degrees} degrees")
    return " · ".join(words)


def decoder_words(media: MediaFacts) -> str:
    """Return which library decoded the file and why."""
    return f"{media.decoder} {media.decoder_version}: {media.decoder_reason}"


def sampling_words(sampling: SamplingFacts) -> str:
    """Return the sampling rule and the three counts."""
    return (
        f"{sampling.rule}: {count(sampling.frames_in_file)} in the file, "
        f"{count(sampling.frames_sampled)} sampled, {count(sampling.frames_encoded)} encoded"
    )


def encoder_words(encoder: EncoderFacts) -> str:
    """Return the encoder and its grid."""
    rows, columns = encoder.grid
    height, width = encoder.input_size
    return (
        f"{encoder.name}: {encoder.architecture} at {width}×{height} px, "
        f"{columns}×{rows} = {encoder.num_patches} tokens a frame"
        + ("" if encoder.calibrated else ", not calibrated")
    )


def original_words(analysis: Analysis) -> str:
    """Return `105×196=20,580`, or `(1+9)×196=1,960` where tiles were encoded beside the frames."""
    frames, patches = analysis.sampling.frames_sampled, analysis.encoder.num_patches
    tiles = analysis.original // patches - frames
    inputs = f"({count(frames)}+{count(tiles)})" if tiles else count(frames)
    return f"{inputs}×{patches}={count(analysis.original)}"


def axis_number(value: float) -> str:
    """Return a number of an axis without needless zeros."""
    return f"{value:,.10g}"


def settings(params: Mapping[str, Scalar]) -> str:
    """Return `keep_ratio 0.5, allocate cut`; what is not set is left out."""
    shown = {name: value for name, value in params.items() if value is not None}
    return ", ".join(
        f"{name} {f'{value:.6g}' if isinstance(value, float) else value}" for name, value in shown.items()
    )
