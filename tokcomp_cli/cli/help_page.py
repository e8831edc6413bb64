"""The help of a command: its options in panels, those that matter first."""

from typing import Any, get_args

from typer.core import TyperCommand

from tokcomp_cli.core.setting import Panel


class PanelledCommand(TyperCommand):
    """A command whose help lists options by panel; typer needs Rich for that, at twice the start-up."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments, then the options of each panel that has some."""
        rows: dict[str, list[tuple[str, str]]] = {"Arguments": [], **{name: [] for name in get_args(Panel)}}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                argument = parameter.param_type_name == "argument"
                panel = "Arguments" if argument else getattr(parameter, "rich_help_panel", None) or "Output"
                rows[panel].append(record)
        for panel, records in rows.items():
            if records:
                with formatter.section(panel):
                    formatter.write_dl(records)
