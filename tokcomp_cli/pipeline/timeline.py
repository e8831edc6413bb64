"""The timeline of merged frames."""

from collections.abc import Sequence

import torch

from tokcomp_cli.core.results.analysis import TimelineEntry
from tokcomp_cli.reading.read_file import FileRead
from tokcomp_cli.reduce.merged_frame import MergedFrame


def timeline(
    groups: Sequence[MergedFrame], read: FileRead, *, tiles_of: int | None = None, tokens_new: int = 0
) -> tuple[TimelineEntry, ...]:
    """Return one entry a merged frame; one a frame where a method chose tokens over the whole video.

    Args:
        groups: Merged frames in order of time.
        read: The frames' numbers and times.
        tiles_of: First frame of the merged frame whose tiles were encoded, or None.
        tokens_new: Detail tokens that are kept beside that merged frame's own.
    """
    entries = []
    for group in groups:
        if group.whole_video:
            entries += _of_frames(group, read)
            continue
        new = tokens_new if group.first == tiles_of else 0
        entries.append(_entry(read, group, len(group.tokens) + new))
    return tuple(entries)


def _entry(read: FileRead, group: MergedFrame, tokens: int) -> TimelineEntry:
    seen, alike = read.seen, group.similarities
    last = seen.frame_index[group.last]
    return TimelineEntry(
        start_seconds=seen.pts_seconds[group.first],
        end_seconds=seen.pts_seconds[group.last] + float(read.duration_seconds[last]),
        first_frame=seen.frame_index[group.first],
        last_frame=last,
        frames=group.frames,
        tokens=tokens,
        similarity=sum(alike) / len(alike) if alike else None,
    )


def _of_frames(group: MergedFrame, read: FileRead) -> list[TimelineEntry]:
    """Return one entry for each frame of a whole video; a token counts where its earliest patch is."""
    seen = read.seen
    tokens = torch.bincount(group.tokens.position[:, 0], minlength=len(group.parts)).tolist()
    return [
        TimelineEntry(
            start_seconds=seen.pts_seconds[ordinal],
            end_seconds=seen.pts_seconds[ordinal] + float(read.duration_seconds[number]),
            first_frame=number,
            last_frame=number,
            frames=1,
            tokens=tokens[ordinal],
            similarity=None,
        )
        for ordinal, number in enumerate(seen.frame_index)
    ]
