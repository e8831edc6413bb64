"""PNG and GIF files written by hand, chunk by chunk, so that what is odd about them is what the test says."""

import struct
import zlib

WIDTH, HEIGHT = 64, 32
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind, content, *, wrong=0):
    """Return a chunk; with `wrong` its checksum is not right."""
    checksum = zlib.crc32(kind + content) ^ wrong
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def header(depth=8, colour=2, size=(WIDTH, HEIGHT)):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))


def rows(colour, size=(WIDTH, HEIGHT)):
    """Return the compressed rows of one colour."""
    return zlib.compress((b"\0" + bytes(colour) * size[0]) * size[1])


END = chunk(b"IEND", b"")


def control(number, *, size=(WIDTH, HEIGHT), place=(0, 0), hundredths=20, dispose=0, blend=0):
    """Return a frame control chunk."""
    fields = struct.pack(">5I2H2B", number, *size, *place, hundredths, 100, dispose, blend)
    return chunk(b"fcTL", fields)


def frame(number, pixels):
    return chunk(b"fdAT", struct.pack(">I", number) + pixels)


def announced(frames):
    return chunk(b"acTL", struct.pack(">II", frames, 0))


def gif(screen, frames, *, between=b""):
    """Return a GIF of red (0) and blue (1) frames, each left, top, width, height and colour."""
    made = b"GIF89a" + struct.pack("<2H3B", *screen, 0x80, 0, 0) + bytes((255, 0, 0, 0, 0, 255))
    for left, top, width, height, colour in frames:
        codes, bits, count, data = [], 0, 0, bytearray()
        for at in range(width * height):
            codes += [4, colour] if at % 2 == 0 else [colour]
        for code in [*codes, 5]:
            bits |= code << count
            count += 3
            while count >= 8:
                data.append(bits & 255)
                bits, count = bits >> 8, count - 8
        data.append(bits & 255)
        made += b"!\xf9\4\0" + struct.pack("<H", 20) + b"\0\0" + b","
        made += struct.pack("<4HB", left, top, width, height, 0) + b"\2"
        for at in range(0, len(data), 255):
            made += bytes([len(data[at : at + 255])]) + data[at : at + 255]
        made += b"\0" + between
    return made + b";"
