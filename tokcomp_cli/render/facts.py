"""What was read, and with what, in words."""

from collections.abc import Mapping

from tokcomp_cli.core.encoder_facts import EncoderFacts
from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.core.results.analysis import Analysis, Scalar
from tokcomp_cli.core.results.sampling import GateFacts, SamplingFacts
from tokcomp_cli.core.rounding import count, plural, readable_bytes
from tokcomp_cli.core.shares import fewer, share
from tokcomp_cli.render.units import seconds


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


def gate_words(gate: GateFacts) -> str:
    """Return how many frames were not encoded, and what a check of some of them found."""
    skipped, checked = plural(gate.frames_skipped, "frame"), plural(gate.frames_checked, "frame")
    alike, apart = gate.similarity, gate.error
    return (
        f"{gate.mode}: {skipped} not encoded, as their pixels are near-identical to an encoded one's; "
        f"of {checked} checked: similarity {alike.mean:.3f} [{alike.low:.3f}, {alike.high:.3f}], "
        f"error {share(apart.mean)} of the content [{share(apart.low)}, {share(apart.high)}]"
    )


def encoder_words(encoder: EncoderFacts) -> str:
    """Return the encoder and its grid."""
    rows, columns = encoder.grid
    height, width = encoder.input_size
    no_pictures = encoder.input_size == encoder.grid  # tokens from elsewhere
    pictures = "" if no_pictures else f"{encoder.architecture} at {width}×{height} px, "
    return f"{encoder.name}: {pictures}{columns}×{rows} = {encoder.num_patches} tokens a frame" + (
        "" if encoder.calibrated else ", not calibrated"
    )


def original_words(analysis: Analysis) -> str:
    """Return `20,580 tokens (105 frames × 196)`, or `1,960 tokens (1 frame + 9 tiles, 196 each)`."""
    frames, patches = analysis.sampling.frames_sampled, analysis.encoder.num_patches
    tiles = analysis.original // patches - frames
    tokens = plural(analysis.original, "token")
    if tiles:
        return f"{tokens} ({plural(frames, 'frame')} + {plural(tiles, 'tile')}, {patches} each)"
    return tokens if frames == 1 else f"{tokens} ({plural(frames, 'frame')} × {patches})"


def shrunk_words(analysis: Analysis) -> str:
    """Return `20,580 tokens (105 frames × 196) → 924 (−95.5%)`."""
    return f"{original_words(analysis)} → {count(analysis.llm_input)} ({fewer(analysis.reduction)})"


def settings(params: Mapping[str, Scalar]) -> str:
    """Return `keep_ratio 0.5, allocate cut`; what is not set is left out."""
    shown = {name: value for name, value in params.items() if value is not None}
    return ", ".join(
        f"{name} {f'{value:.6g}' if isinstance(value, float) else value}" for name, value in shown.items()
    )
