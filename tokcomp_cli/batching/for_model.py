"""What a model costs before and after, added to each record of a batch as it comes."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tokcomp_cli.batching.job import SettingsHash
from tokcomp_cli.batching.run_batch import Engine
from tokcomp_cli.core.results.cost import BeforeAfter
from tokcomp_cli.cost.before_after import before_after
from tokcomp_cli.cost.model import CostModel
from tokcomp_cli.cost.video import Clip
from tokcomp_cli.render.schema.document import Document, json_object


class ForModelEngine:
    """An engine whose records say what a model costs.

    Attributes:
        settings: Of the engine within: a model changes no figure of an analysis.
        sent: Of each record of a file that could be read.
    """

    settings: SettingsHash

    def __init__(self, engine: Engine, model: CostModel, sent: list[BeforeAfter]) -> None:
        """Take an engine that is started.

        Args:
            engine: Makes the records.
            model: At its default tiers.
            sent: Gets what each file costs.
        """
        self._engine, self._model, self.sent = engine, model, sent
        self.settings = engine.settings

    def records(self, paths: Sequence[str]) -> Iterator[Document | None]:
        """Yield the records of the engine, each with `for_model`."""
        for record in self._engine.records(paths):
            if record is not None and record.get("status") == "ok":
                cost = of_record(record, self._model)
                self.sent.append(cost)
                record["for_model"] = json_object(asdict(cost))
            yield record

    def current(self) -> list[str]:
        """Return the paths that are worked on."""
        return self._engine.current()

    def close(self) -> None:
        """End all work at once."""
        self._engine.close()


def of_record(record: Document, model: CostModel) -> BeforeAfter:
    """Return what the file of a record costs before and after."""
    found: Any = record
    media = found["media"]
    clip = Clip(media["width"], media["height"], media["frames_in_file"], media["duration_seconds"] or 0.0)
    return before_after(
        model,
        clip,
        still=media["kind"] == "image",
        sampled=found["sampling"]["frames_sampled"],
        kept=len(found["timeline"]),
    )
