"""The message of an API with the pictures in it, as its vendor's package types it."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokcomp_cli.cost.model import SIZED
from tokcomp_cli.export.wishes import Format

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture of a message.

    Attributes:
        name: Of its file in the folder.
        caption: What is said before it.
        content: Its bytes where they go into the message; None to name the file.
        setting: The tier, as `detail=low` or `detail=high@512px`; None without.
    """

    name: str
    caption: str
    content: bytes | None
    setting: str | None

    def value(self, key: str) -> str | None:
        """Return the value of a setting where the tier sets that one."""
        found, _, value = (self.setting or "").partition(SIZED)[0].partition("=")
        return value if found == key and value else None


def message(shape: str, pictures: Sequence[Attached], prompt: str, picture_format: Format | str) -> object:
    """Return the messages with the prompt and the pictures.

    Args:
        shape: Whose: `openai` (chat completions), `anthropic` (messages), `gemini` (contents) or `qwen` (as
            qwen-vl-utils reads them).
        pictures: In order.
        prompt: Said first.
        picture_format: Of the files.
    """
    return SHAPES[shape](pictures, prompt, f"image/{picture_format}")


def _data_url(one: Attached, kind: str) -> str:
    return one.name if one.content is None else f"data:{kind};base64,{_base64(one.content)}"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _openai(pictures: Sequence[Attached], prompt: str, kind: str) -> object:
    parts: list[Json] = [{"type": "text", "text": prompt}]
    for one in pictures:
        url: Json = {"url": _data_url(one, kind)}
        if one.value("detail"):
            url["detail"] = one.value("detail")
        parts += [{"type": "text", "text": one.caption}, {"type": "image_url", "image_url": url}]
    return [{"role": "user", "content": parts}]


def _anthropic(pictures: Sequence[Attached], prompt: str, kind: str) -> object:
    parts: list[Json] = [{"type": "text", "text": prompt}]
    for one in pictures:
        if one.content is None:
            source: Json = {"type": "url", "url": one.name}
        else:
            source = {"type": "base64", "media_type": kind, "data": _base64(one.content)}
        parts += [{"type": "text", "text": one.caption}, {"type": "image", "source": source}]
    return [{"role": "user", "content": parts}]


def _gemini(pictures: Sequence[Attached], prompt: str, kind: str) -> object:
    parts: list[Json] = [{"text": prompt}]
    for one in pictures:
        part: Json = (
            {"file_data": {"file_uri": one.name, "mime_type": kind}}
            if one.content is None
            else {"inline_data": {"mime_type": kind, "data": _base64(one.content)}}
        )
        level = one.value("media_resolution")
        if level not in (None, "default"):
            part["media_resolution"] = {"level": f"MEDIA_RESOLUTION_{str(level).upper()}"}
        parts += [{"text": one.caption}, part]
    return [{"role": "user", "parts": parts}]


def _qwen(pictures: Sequence[Attached], prompt: str, kind: str) -> object:
    parts: list[Json] = []
    for one in pictures:
        part: Json = {"type": "image", "image": _data_url(one, kind)}
        if (most := one.value("max_pixels")) is not None:
            part["max_pixels"] = int(most)
        parts += [{"type": "text", "text": one.caption}, part]
    return [{"role": "user", "content": [*parts, {"type": "text", "text": prompt}]}]


SHAPES: dict[str, Callable[[Sequence[Attached], str, str], object]] = {
    "openai": _openai,
    "anthropic": _anthropic,
    "gemini": _gemini,
    "qwen": _qwen,
}
