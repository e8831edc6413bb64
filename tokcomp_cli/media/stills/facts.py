"""What the header of a still picture tells; no pixel is decoded."""

import PIL
from PIL import Image

from tokcomp_cli.core.frames import MediaFacts
from tokcomp_cli.media.formats import StillFormat
from tokcomp_cli.media.source import LocalFile
from tokcomp_cli.media.stills.companions import companion_notes
from tokcomp_cli.media.stills.still import turn_of

MIRRORED = "It was mirrored, as its EXIF orientation asks."


def still_facts(
    source: LocalFile, container: StillFormat, image: Image.Image, orientation: int
) -> MediaFacts:
    """Return what the header tells about a still picture."""
    width, height = image.size
    if orientation >= 5 and container != "tiff":  # Pillow gives a TIFF's size as displayed
        width, height = height, width
    degrees, mirrored = turn_of(orientation)
    notes = [*([MIRRORED] if mirrored else []), *companion_notes(source, container, image)]
    return MediaFacts(
        path=source.path,
        kind="image",
        container=container,
        codec=image.mode,
        width=width,
        height=height,
        frames_in_file=1,
        duration_seconds=None,
        fps_average=None,
        variable_frame_rate=None,
        rotation_degrees=degrees,
        size_bytes=source.size_bytes,
        decoder="pillow",
        decoder_version=PIL.__version__,
        decoder_reason="a still picture",
        notes=tuple(notes),
    )
