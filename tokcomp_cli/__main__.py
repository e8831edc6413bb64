"""The entry point: `tokcomp` and `python -m tokcomp_cli`."""

import gc
import sys


def main() -> None:
    """Run the command line; an interrupt while it is still being loaded is no traceback either.

    What is imported is never garbage: it is not looked through while it comes, nor at the end.
    """
    gc.disable()
    try:
        from tokcomp_cli.commands.app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
