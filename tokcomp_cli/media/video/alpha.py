"""Alpha of video frames: which have it, which decoder gives it, and the picture over white."""

import numpy as np
import numpy.typing as npt
from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

# libav's own decoders of these leave out the alpha that Matroska stores beside each frame.
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def alpha_decoder(stream: VideoStream) -> str | None:
    """Return the decoder that gives a stream's alpha, where it is another than libav's choice, or None."""
    if stream.metadata.get("alpha_mode") != "1":
        return None
    return _WITH_ALPHA.get(stream.codec_context.codec.canonical_name)


def decoder_of(stream: VideoStream) -> VideoCodecContext:
    """Return the decoder for a stream: its own, or the one that gives its alpha."""
    name = alpha_decoder(stream)
    if name is None:
        return stream.codec_context
    try:
        context = CodecContext.create(name, "r")
    except ValueError:  # a libav without libvpx: the colours alone
        return stream.codec_context
    if not isinstance(context, VideoCodecContext):
        raise TypeError(f"{name} is no decoder of video")
    context.extradata = stream.codec_context.extradata
    return context


def has_alpha(frame: VideoFrame) -> bool:
    """Return whether the pixels of a frame carry alpha, also in a palette."""
    return frame.format.name == "pal8" or any(part.is_alpha for part in frame.format.components)


def over_white(rgb: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return a picture over white, uint8, (H, W, 3); the same object where it is opaque.

    Args:
        rgb: uint8, (H, W, 3).
        alpha: 0 clear to 255 opaque, uint8, (H, W).
    """
    if int(alpha.min()) == 255:
        return rgb
    share = alpha[..., None].astype(np.uint16)
    mixed = rgb * share + 255 * (255 - share)
    return ((mixed + 127) // 255).astype(np.uint8)
