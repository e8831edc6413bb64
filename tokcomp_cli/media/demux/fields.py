"""H.264 pictures that are coded as two fields, a packet each: told by the first bits of their slices."""

from dataclasses import dataclass

from av.buffer import Buffer

_SLICES, _SPS = (1, 5), 7
_WITH_CHROMA = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_START_CODE = b"\0\0\1"
# Parameter sets and messages come before the first slice of a packet; captions make them a kilobyte.
_LOOKED_AT_BYTES = 8192


@dataclass(frozen=True, slots=True)
class _Sequence:
    """What a sequence parameter set tells of slices.

    Attributes:
        frame_number_bits: Bits of the number of a frame.
        planes: Whether colour planes are coded apart, which adds two bits.
        may_have_fields: Whether pictures may be fields.
    """

    frame_number_bits: int
    planes: bool
    may_have_fields: bool


class SecondFields:
    """Tells which packets of an H.264 stream hold the second field of the packet before."""

    def __init__(self, extradata: bytes) -> None:
        """Read the parameter sets that lie beside the stream."""
        self._length_bytes = (extradata[4] & 3) + 1 if extradata[:1] == b"\1" and len(extradata) > 6 else 0
        self._sequence = _sequence_of(extradata)
        self._open: tuple[int, bool] | None = None

    @property
    def possible(self) -> bool:
        """Whether the stream may have fields at all."""
        return self._sequence is not None and self._sequence.may_have_fields

    def is_second(self, packet: Buffer) -> bool:
        """Return whether a packet, in the order of the file, completes the frame of the one before."""
        try:
            field = self._field(bytes(memoryview(packet)[:_LOOKED_AT_BYTES]))
        except ValueError:  # a damaged packet
            field = None
        second = field is not None and self._open == (field[0], not field[1])
        self._open = None if second else field
        return second

    def _field(self, packet: bytes) -> tuple[int, bool] | None:
        """Return number and parity (True at the bottom) of a field, None of a whole frame."""
        sequence = self._sequence
        if sequence is None:
            return None
        for unit in _units(packet, self._length_bytes):
            if unit and unit[0] & 31 in _SLICES:
                bits = _Bits(unit[1:64])
                bits.unsigned(), bits.unsigned(), bits.unsigned()
                bits.fixed(2 if sequence.planes else 0)
                number = bits.fixed(sequence.frame_number_bits)
                return (number, bool(bits.fixed(1))) if bits.fixed(1) else None
        return None


class _Bits:
    """Reads numbers from the bits of a unit."""

    def __init__(self, unit: bytes) -> None:
        plain = unit.replace(b"\0\0\3", b"\0\0")  # the third byte only keeps start codes from occurring
        self._value, self._left = int.from_bytes(plain, "big"), 8 * len(plain)

    def fixed(self, count: int) -> int:
        """Return a number of so many bits."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the unit ends early")
        return self._value >> self._left & ((1 << count) - 1)

    def unsigned(self) -> int:
        """Return an Exp-Golomb number."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
        return (1 << zeros) - 1 + self.fixed(zeros)

    def signed(self) -> int:
        """Return a signed Exp-Golomb number."""
        coded = self.unsigned()
        return (coded + 1) // 2 if coded & 1 else -(coded // 2)


def _units(packet: bytes, length_bytes: int) -> list[bytes]:
    """Return the units of a packet, each behind its length or, at 0, behind a start code."""
    if not length_bytes:
        return packet.split(_START_CODE)[1:]
    units, at = [], 0
    while at + length_bytes < len(packet):
        length = int.from_bytes(packet[at : at + length_bytes], "big")
        units.append(packet[at + length_bytes : at + length_bytes + length])
        at += length_bytes + length
    return units


def _sequence_of(extradata: bytes) -> _Sequence | None:
    """Return what the first sequence parameter set tells, None where there is none that can be read."""
    if extradata[:1] == b"\1":
        units = [extradata[8 : 8 + int.from_bytes(extradata[6:8], "big")]]
    else:
        units = extradata.split(_START_CODE)[1:]
    for unit in units:
        if unit and unit[0] & 31 == _SPS:
            try:
                return _parsed(_Bits(unit[1:512]))
            except ValueError:
                return None
    return None


def _parsed(bits: _Bits) -> _Sequence:
    """Return a sequence parameter set, read as far as it tells of fields."""
    profile = bits.fixed(8)
    bits.fixed(16), bits.unsigned()
    planes = False
    if profile in _WITH_CHROMA:
        chroma = bits.unsigned()
        planes = chroma == 3 and bool(bits.fixed(1))
        bits.unsigned(), bits.unsigned(), bits.fixed(1)
        if bits.fixed(1):
            _pass_scaling(bits, 12 if chroma == 3 else 8)
    frame_number_bits = bits.unsigned() + 4
    order = bits.unsigned()
    if order == 0:
        bits.unsigned()
    elif order == 1:
        bits.fixed(1), bits.signed(), bits.signed()
        for _ in range(bits.unsigned()):
            bits.signed()
    bits.unsigned(), bits.fixed(1), bits.unsigned(), bits.unsigned()
    return _Sequence(frame_number_bits, planes, may_have_fields=not bits.fixed(1))


def _pass_scaling(bits: _Bits, lists: int) -> None:
    """Move past scaling lists."""
    for at in range(lists):
        if not bits.fixed(1):
            continue
        last = following = 8
        for _ in range(16 if at < 6 else 64):
            if following:
                following = (last + bits.signed()) % 256
            last = following or last
