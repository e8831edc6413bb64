"""A small H.264 stream whose frames are two field pictures each, uncompressed (I_PCM), made bit by bit."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.media.clips import numbered_picture

WIDTH, HEIGHT = 128, 96
RATE = 25
GROUP = 8


class Bits:
    """A row of bits that grows."""

    def __init__(self):
        self.bits = []

    def fixed(self, count, value):
        self.bits += [value >> place & 1 for place in reversed(range(count))]
        return self

    def golomb(self, *values):
        for value in values:
            length = (value + 1).bit_length()
            self.fixed(2 * length - 1, value + 1)
        return self

    def aligned(self):
        self.bits += [0] * (-len(self.bits) % 8)
        return self

    def unit(self, kind):
        """Return the bits as a unit behind its start code, ended and escaped."""
        self.bits.append(1)
        packed = np.packbits(np.array(self.aligned().bits, np.uint8)).tobytes()
        escaped, zeros = bytearray(), 0
        for byte in packed:
            if zeros == 2 and byte <= 3:
                escaped.append(3)
                zeros = 0
            escaped.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return b"\0\0\0\1" + bytes([0x60 | kind]) + bytes(escaped)


def parameters(high=False):
    """Return the parameter sets; those of the high profile carry a scaling list."""
    sequence = Bits().fixed(8, 100 if high else 77).fixed(8, 0).fixed(8, 30).golomb(0)
    if high:
        sequence.golomb(1, 0, 0).fixed(1, 0).fixed(1, 1).fixed(1, 1)
        for _ in range(16):
            sequence.golomb(0)
        sequence.fixed(7, 0)
    sequence.golomb(4, 2, 1).fixed(1, 0).golomb(WIDTH // 16 - 1, HEIGHT // 32 - 1)
    sequence.fixed(1, 0).fixed(1, 0).fixed(1, 1).fixed(1, 0).fixed(1, 0)
    picture = Bits().golomb(0, 0).fixed(2, 0).golomb(0, 0, 0).fixed(3, 0).golomb(0, 0, 0).fixed(3, 0)
    return sequence.unit(7) + picture.unit(8)


def field(number, bottom, luma):
    """Return one field picture, luma uint8, (H / 2, W)."""
    first = number % GROUP == 0 and not bottom
    slice_ = Bits().golomb(0, 7, 0).fixed(8, number % GROUP).fixed(1, 1).fixed(1, bottom)
    if first:
        slice_.golomb(number // GROUP % 2).fixed(2, 0)
    else:
        slice_.fixed(1, 0)
    slice_.golomb(0)
    for top in range(0, HEIGHT // 2, 16):
        for left in range(0, WIDTH, 16):
            slice_.golomb(25).aligned()
            for value in luma[top : top + 16, left : left + 16].ravel().tolist():
                slice_.fixed(8, value)
            for _ in range(128):
                slice_.fixed(8, 128)
    return slice_.unit(5 if first else 1)


def write(path: Path, frames: int, *, high=False) -> Path:
    """Return the stream in a container, a packet for each field, as camcorders write it."""
    raw = path.with_suffix(".h264")
    with raw.open("wb") as stream:
        for number in range(frames):
            luma = numbered_picture(number, WIDTH, HEIGHT)[..., 0]
            stream.write(parameters(high) if number % GROUP == 0 else b"")
            for bottom in (0, 1):
                stream.write(field(number, bottom, luma[bottom::2]))
    if path.suffix != ".h264":
        with av.open(str(raw)) as fields, av.open(str(path), "w") as container:
            copy = container.add_stream_from_template(fields.streams.video[0])
            for number, packet in enumerate(p for p in fields.demux(video=0) if p.size):
                packet.stream, packet.time_base = copy, Fraction(1, 2 * RATE)
                packet.pts = packet.dts = number
                packet.duration, packet.is_keyframe = 1, number % (2 * GROUP) == 0
                container.mux(packet)
    return path
