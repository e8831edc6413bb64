"""Plain scripts that decode, encode and merge a video's frames, as a competent user would write them.

They share nothing with our pipeline but the encoder and its threshold.
"""

from collections.abc import Collection, Iterator

import av
import av.error
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from tokcomp_cli.core.names import printable
from tokcomp_cli.encoders.base import Encoder
from tokcomp_cli.errors import MediaError, first_line

BATCH = 16
BATCH_BYTES = 64 << 20


def naive(path: str, encoder: Encoder, wanted: Collection[int]) -> int:
    """Return the merged frames of a script that encodes the frames one by one.

    Args:
        path: A video.
        encoder: In float32.
        wanted: Numbers of the frames to take, in presentation order.
    """
    merging = _Merging(encoder)
    for picture in _pictures(path, wanted):
        merging.add(encoder.encode(picture[None]).features[0])
    return merging.groups


def fair(path: str, encoder: Encoder, wanted: Collection[int]) -> int:
    """Return the merged frames of a script that encodes the frames in batches of 16.

    Args:
        path: A video.
        encoder: In the fastest number format of the machine.
        wanted: Numbers of the frames to take, in presentation order.
    """
    merging, held = _Merging(encoder), list[npt.NDArray[np.uint8]]()

    def encode() -> None:
        for tokens in encoder.encode(np.stack(held)).features:
            merging.add(tokens)
        held.clear()

    for picture in _pictures(path, wanted):
        held.append(picture)
        if len(held) == BATCH or len(held) * picture.nbytes >= BATCH_BYTES:
            encode()
    if held:
        encode()
    return merging.groups


class _Merging:
    """Counts runs of frames whose tokens stay similar to the running mean of the run.

    Similar is the mean cosine of the patch tokens, blank response taken out, above the encoder's threshold.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._threshold, self._blank = encoder.facts.threshold, encoder.blank
        self._sum, self._frames = torch.empty(0), 0
        self.groups = 0

    def add(self, tokens: Tensor) -> None:
        content = tokens - self._blank
        if self._frames:
            alike = F.cosine_similarity(content, self._sum / self._frames, dim=1).mean()
            if alike > self._threshold:
                self._sum += content
                self._frames += 1
                return
        self._sum, self._frames = content, 1
        self.groups += 1


def _pictures(path: str, wanted: Collection[int]) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the wanted frames as RGB, uint8, (H, W, 3).

    Raises:
        MediaError: PyAV gives up, where our own reading may go on past the damage.
    """
    last = max(wanted)
    try:
        with av.open(path) as container:
            container.streams.video[0].thread_type = "AUTO"
            for number, frame in enumerate(container.decode(video=0)):
                if number in wanted:
                    yield np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)
                if number >= last:
                    return
    except (av.error.FFmpegError, IndexError) as error:
        raise MediaError(
            f"{printable(path)}: a plain script cannot decode this video ({first_line(error)}), so there is "
            "nothing to compare with; convert it, or give another"
        ) from error
