"""Declare a setting once; options, environment names, config keys and records follow from it."""

from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, field, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from tokcomp_cli.core.results.analysis import Scalar

Panel = Literal["Budget", "Frames", "Compression", "Encoder", "Output", "Advanced"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a plan.

    Attributes:
        key: Its name for users: `start` is the option `--start`, `TOKCOMP_START`, and a config key.
        field: Its name in the class that declares it.
        default: Its default value.
        kind: Type of what users write.
        help: One sentence.
        panel: Where the help of a command shows it.
        metavar: What users write, or None for the type's own name.
        absent: What holds where the value is None.
        alias: A second option for it, by key, where the first may be misread.
        parse: Turns the text that users write into the value; None where the value is what they write.
        show: Turns the value into a scalar from which `parse` makes it again.
        in_result: Whether results record it among the settings in force.
        option: Whether commands offer it.
    """

    key: str
    field: str
    default: Any
    kind: type
    help: str
    panel: Panel
    metavar: str | None
    absent: str | None
    alias: str | None
    parse: Callable[[str], object] | None
    show: "Callable[[Any], Scalar]"
    in_result: bool
    option: bool


def shown(value: Any) -> "Scalar":
    """Return a value as users write it; a tuple becomes a list with commas."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple):
        return ",".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value)
    return str(value)


def setting(
    default: Any,
    help: str,  # noqa: A002 the word of every command-line library
    panel: Panel = "Advanced",
    *,
    key: str | None = None,
    metavar: str | None = None,
    absent: str | None = None,
    alias: str | None = None,
    parse: Callable[[str], object] | None = None,
    show: "Callable[[Any], Scalar]" = shown,
    in_result: bool = True,
    option: bool = True,
) -> Any:
    """Return a dataclass field that is a setting; arguments as in `Setting`."""
    about = {
        "key": key,
        "help": help,
        "panel": panel,
        "metavar": metavar,
        "absent": absent,
        "alias": alias,
        "parse": parse,
        "show": show,
        "in_result": in_result,
        "option": option,
    }
    return field(default=default, metadata={"setting": about})


def part(of: type) -> Any:
    """Return a dataclass field that holds a part of a plan with settings of its own."""
    return field(default_factory=of, metadata={"part": of})


def parts_of(owner: type) -> dict[str, type]:
    """Return the parts of a plan by the field that holds them."""
    return {one.name: one.metadata["part"] for one in fields(owner) if "part" in one.metadata}


def settings_of(owner: type) -> tuple[Setting, ...]:
    """Return the settings that a class declares itself, in order."""
    hints = get_type_hints(owner)
    return tuple(_setting(one, hints[one.name]) for one in fields(owner) if "setting" in one.metadata)


def _setting(declared: "Field[Any]", hint: Any) -> Setting:
    about = dict(declared.metadata["setting"])
    key = about.pop("key") or declared.name
    default = None if declared.default is MISSING else declared.default
    kind = str if about["parse"] is not None else _plain(hint)
    return Setting(key=key, field=declared.name, default=default, kind=kind, **about)


def _plain(hint: Any) -> type:
    """Return the type behind `X | None`, `Literal[...]` or `X`."""
    choices = [one for one in get_args(hint) if one is not NoneType]
    if get_origin(hint) is Literal:
        return type(choices[0])
    return _plain(choices[0]) if choices else hint
