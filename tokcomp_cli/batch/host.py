"""The process that holds the one encoder of many workers, as their owner sees it."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from tokcomp_cli import errors
from tokcomp_cli.batch.job import Job
from tokcomp_cli.batch.member import Member
from tokcomp_cli.errors import EncoderError
from tokcomp_cli.media.wire import Message

MODULE = "tokcomp_cli.batch.encoder_host"


class Host:
    """One encoder for all workers, in a process of its own.

    Attributes:
        place: Path of the socket where workers find it.
    """

    def __init__(self, job: Job) -> None:
        """Start it and wait until the encoder is loaded.

        Raises:
            PlanError: There is no such encoder, or it cannot be run so.
            EncoderError: Its weights are missing or altered, or the process ended.
        """
        self._scratch = TemporaryDirectory(prefix="tokcomp-", ignore_cleanup_errors=True)
        self.place = str(Path(self._scratch.name) / "encoder")
        self._member = Member(MODULE)
        self._member.brief({**job.message(), "encoder_at": self.place})
        try:
            message = None
            while message is None:
                message = self._member.hear()
            if "refused" in message:
                raise refusal(message)
        except EOFError as error:
            raise EncoderError(f"the encoder was expected to load, but {self._why()}") from error
        except BaseException:
            self.close()
            raise

    def check(self) -> None:
        """Check that it is still there, a moment after something made that doubtful.

        Raises:
            EncoderError: It is not.
        """
        if self._member.ended(within_seconds=1):
            raise EncoderError(
                f"the encoder was expected to serve all, but {self._why()}; go on with --resume"
            )

    def close(self) -> None:
        """End it."""
        self._member.end()
        self._scratch.cleanup()

    def _why(self) -> str:
        why = self._member.why_ended().message.partition(" while")[0]
        self._scratch.cleanup()
        return why.replace("the worker", "its process")


def refusal(message: Message) -> Exception:
    """Return the error that a process gives for not loading the encoder."""
    refused = cast("dict[str, str]", message["refused"])
    kind: type[Exception] = getattr(errors, refused["type"], EncoderError)
    return kind(refused["message"])
