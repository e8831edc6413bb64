"""Values that a shell completes."""

from collections.abc import Callable

from tokcomp_cli.core.setting import Setting

Complete = Callable[[str], list[str]]


def completion_of(one: Setting) -> Complete | None:
    """Return what completes a setting's value, or None where anything may be written."""
    if one.key in _NAMES:
        return _NAMES[one.key]
    choices = [word for word in (one.metavar or "").split("|") if word.islower() and word.isascii()]
    if len(choices) < 2:
        return None

    def complete(start: str) -> list[str]:
        return [choice for choice in choices if choice.startswith(start)]

    return complete


def _spatial(start: str) -> list[str]:
    from tokcomp_cli.compress import names

    return [name for name in names("spatial") if name.startswith(start)]


def _temporal(start: str) -> list[str]:
    from tokcomp_cli.compress import names

    return [name for name in names("temporal", whole_video=True) if name.startswith(start)]


def _encoders(start: str) -> list[str]:
    from tokcomp_cli.encoders.registry.catalogue import on_disk

    return [name for name in ("auto", *(entry.name for entry in on_disk())) if name.startswith(start)]


_NAMES: dict[str, Complete] = {"spatial": _spatial, "temporal": _temporal, "encoder": _encoders}
