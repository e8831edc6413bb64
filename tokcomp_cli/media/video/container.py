"""Opening a container with PyAV so that it can read this one file and nothing else."""

from dataclasses import dataclass
from typing import NoReturn

import av
import av.error
import av.logging
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from tokcomp_cli.core.names import printable
from tokcomp_cli.errors import MediaError
from tokcomp_cli.media.demux.extent import missing_bytes
from tokcomp_cli.media.formats import is_playlist, looks_like_text
from tokcomp_cli.media.raw_streams import RAW_FORMATS, raw_format
from tokcomp_cli.media.refusals import require_readable
from tokcomp_cli.media.source import LocalFile

# Demuxers that read one file only. Playlists and scripts (hls, dash, concat, image2, sdp, …) are not
# here, so libav refuses them whatever their content claims. The audio ones are for a clear message.
_DEMUXERS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpeg,mpegts,mpegtsraw,mpegvideo,m4v,ogg,flv,live_flv,asf,rm,"
    "mxf,nut,ivf,h264,hevc,vvc,av1,obu,vc1,vc1test,dv,dirac,yuv4mpegpipe,wtv,gxf,swf,bink,smk,roq,"
    "mjpeg,png_pipe,"
    "mp3,wav,flac,aac,ac3,eac3,aiff,au,amr,w64,caf,ape,wv,tta,dts"
)
_LOOKED_AT_BYTES = 1024
# Main brands of AVIF and HEIC files, which may hold still pictures beside a track.
_PICTURE_BRANDS = frozenset({"avis", "hevc", "hevx", "heic", "heix", "mif1", "msf1"})
_READ_BYTES = 1 << 20


def quiet_libav() -> None:
    """Keep libav from writing on standard error; PyAV's own log callback is left out too."""
    av.logging.restore_default_callback()
    av.logging.set_libav_level(av.logging.PANIC)


def open_container(source: LocalFile) -> InputContainer:
    """Return the opened container.

    It reads through the open file object, so libav never sees a name, and a callback refuses any
    further file that a demuxer might ask for.

    Raises:
        MediaError: It is no video container, or one that names other files.
    """
    quiet_libav()
    require_readable(source)
    source.seek(0)
    head = source.read(_LOOKED_AT_BYTES)
    source.seek(0)
    if is_playlist(head):
        raise MediaError(
            f"{printable(source.path)}: an image or a video was expected, but this is a playlist or a script "
            "that names other files; give those files instead."
        )
    try:
        return av.open(
            source,
            "r",
            format=raw_format(head),
            options={"protocol_whitelist": "file", "format_whitelist": _DEMUXERS},
            buffer_size=_READ_BYTES,
            metadata_errors="replace",
            io_open=_refuse_open,
        )
    except (av.error.FFmpegError, OSError, ValueError, OverflowError, RuntimeError, MemoryError) as error:
        raise MediaError(_why_no_container(source, head)) from error


@dataclass(frozen=True, slots=True)
class PictureStream:
    """The stream that is read.

    Attributes:
        stream: libav's stream.
        video_streams: Video streams in the file, covers left out.
        is_default: Whether libav's own choice, and so decord's, is the same.
        alpha_track: Whether another stream holds the alpha of its pictures (AVIF).
        notes: Remarks on the other streams.
    """

    stream: VideoStream
    video_streams: int
    is_default: bool
    alpha_track: bool
    notes: tuple[str, ...]


def picture_stream(source: LocalFile, container: InputContainer) -> PictureStream:
    """Return the stream to read; the demuxer is told to pass over all others.

    Raises:
        MediaError: There is none, only a cover picture, or its codec is unknown.
    """
    videos = container.streams.video
    candidates = [stream for stream in videos if not _is_cover(stream)]
    alpha_track, notes = False, []
    brand = container.metadata.get("major_brand")  # the file itself must not be touched while it is read
    if brand in _PICTURE_BRANDS:
        tracks, alpha = _picture_tracks(candidates)
        if any(stream.frames == 1 < tracks[0].frames for stream in candidates):
            notes.append(f"The still picture was left out; the sequence of {tracks[0].frames} was read.")
        if alpha and brand != "avis":
            notes.append("The sequence has alpha in a track of its own, which was left out.")
        candidates, alpha_track = tracks, alpha and brand == "avis"
    if container.format.name in RAW_FORMATS:  # libav takes 25 pictures a second
        notes.append("The file is pictures only and tells no times; 25 pictures a second were assumed.")
    if not candidates:
        raise MediaError(_why_no_picture(source, container, len(videos) > 0))
    best = container.streams.best("video")
    chosen = next((stream for stream in candidates if best is not None and stream.index == best.index), None)
    is_default = chosen is not None
    if chosen is None:
        chosen = candidates[0]
    if chosen.codec_context is None:
        raise MediaError(
            f"{printable(source.path)}: a decodable video was expected, but no decoder knows its codec; "
            "convert it to H.264 first."
        )
    if len(candidates) > 1:
        listed = ", ".join(str(stream.index) for stream in candidates)
        notes.append(f"Of {len(candidates)} video streams ({listed}) stream {chosen.index} was read.")
    if any(map(_is_cover, videos)):
        notes.append("A cover picture in the file was left out.")
    for stream in container.streams:
        if stream.index != chosen.index:
            stream.discard = Discard.all
    return PictureStream(chosen, len(candidates), is_default, alpha_track, tuple(notes))


def _picture_tracks(streams: list[VideoStream]) -> tuple[list[VideoStream], bool]:
    """Return the tracks of pictures of an AVIF or HEIC sequence, and whether there is one of alpha too.

    libav lists its still pictures, of one frame each, as streams of their own, and alpha as grey pictures.
    """
    most = max((stream.frames for stream in streams), default=0)
    tracks = [stream for stream in streams if stream.frames == most]
    shown = [stream for stream in tracks if not (stream.codec_context.pix_fmt or "").startswith("gray")]
    return shown or tracks[:1], 0 < len(shown or tracks[:1]) < len(tracks)


def has_audio(container: InputContainer) -> bool:
    """Return whether there is a sound stream."""
    return len(container.streams.audio) > 0


def _is_cover(stream: VideoStream) -> bool:
    """Return whether a video stream is only an attached picture."""
    return bool(stream.disposition & Disposition.attached_pic)


def _refuse_open(*_arguments: object) -> NoReturn:
    """Refuse a demuxer's request to open another file."""
    raise PermissionError("a media file may not open another file")


def _why_no_container(source: LocalFile, head: bytes) -> str:
    """Return the sentence for a file that libav cannot open."""
    shown = printable(source.path)
    if looks_like_text(head):
        return f"{shown}: an image or a video was expected, but this is a text file; check the path."
    if head[4:8] == b"ftyp":
        return (
            f"{shown}: a video was expected, but the MP4 has lost its index (moov), as when it was cut off "
            "while being written; nothing can be read, use another copy or a repair tool."
        )
    return f"{shown}: an image or a video was expected, but its format is unknown; check the file."


def _why_no_picture(source: LocalFile, container: InputContainer, covers: bool) -> str:
    """Return the sentence for a container without a moving picture."""
    shown, name = printable(source.path), container.format.name
    if not has_audio(container) and missing_bytes(source):
        return f"{shown}: a video was expected, but the file is cut off before its first picture."
    if covers:
        return f"{shown}: a video was expected, but this is sound with a cover picture only; give a video."
    if has_audio(container):
        return f"{shown}: a video was expected, but the file ({name}) holds sound only; give a video."
    return f"{shown}: a video was expected, but the file ({name}) holds no picture; check the file."
