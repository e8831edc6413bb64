"""One self-contained page from templates: everything inside, nothing fetched, every value escaped."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tokcomp_cli import __version__
from tokcomp_cli.core.names import printable
from tokcomp_cli.core.rounding import count, plural
from tokcomp_cli.core.shares import decimal, fewer, points, share, target
from tokcomp_cli.render.units import milliseconds, seconds

# Jinja2 escapes every value by itself, so that no name can become markup; torch brings it along anyway.
_OPTION = re.compile(r"(--[a-z][a-z-]*(?: (?!--)[^\s;,.:]+)?)")


def options(text: str) -> Markup:
    """Return a sentence, made printable and escaped, whose options are not broken over two lines."""
    parts = _OPTION.split(printable(text))
    around = Markup('<span class="option">{}</span>')
    return Markup("").join(around.format(part) if at % 2 else part for at, part in enumerate(parts))


FILTERS = {
    "count": count,
    "decimal": decimal,
    "fewer": fewer,
    "milliseconds": milliseconds,
    "options": options,
    "plural": plural,
    "points": points,
    "printable": printable,
    "seconds": seconds,
    "share": share,
    "target": target,
}
_UNSAFE_IN_SCRIPT = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def page(template: str, *, title: str, data: Mapping[str, object], **views: object) -> str:
    """Return a whole page.

    Args:
        template: Name of a template that extends `base.html`.
        title: Of the page, made printable here.
        data: What the script draws from; JSON's own types.
        views: What the template shows, by name.
    """
    style, script = text_of("style.css"), text_of("page.js")
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{digest(style)}'; script-src '{digest(script)}'"
    )
    return (
        environment()
        .get_template(template)
        .render(
            title=printable(title),
            policy=policy,
            style=Markup(style),  # noqa: S704 our own file
            script=Markup(script),  # noqa: S704 our own file
            data=data_block(data),
            version=__version__,
            **views,
        )
    )


@cache
def environment() -> Environment:
    """Return the templates, with every value escaped."""
    made = Environment(
        loader=PackageLoader("tokcomp_cli.render.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= FILTERS
    return made


@cache
def text_of(name: str) -> str:
    """Return a file beside the templates, as it stands in the page."""
    return (files("tokcomp_cli.render.page") / "templates" / name).read_text("utf-8")


def digest(text: str) -> str:
    """Return the hash by which a page's policy lets one inline block run."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def data_block(data: Mapping[str, object]) -> Markup:
    """Return JSON that may stand inside a script element whatever names it holds."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_UNSAFE_IN_SCRIPT))  # noqa: S704 nothing is left that ends the element
