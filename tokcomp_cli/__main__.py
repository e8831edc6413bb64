"""The entry point: `tokcomp` and `python -m tokcomp_cli`."""

import sys


def main() -> None:
    """Run the command line; an interrupt while it is still being loaded is no traceback either."""
    try:
        from tokcomp_cli.commands.app import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
