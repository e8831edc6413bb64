"""`python -m tokcomp_cli`."""

from tokcomp_cli.commands.app import main

if __name__ == "__main__":
    main()
