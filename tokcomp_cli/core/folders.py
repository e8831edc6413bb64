"""The files in a folder."""

import os


def files_below(folder: str) -> list[str]:
    """Return the files of a folder and of its folders, sorted; hidden ones are left out.

    A link to a file counts as a file, whether it leads anywhere or not; a link to a folder is not followed,
    so there are no loops. A folder that cannot be listed is returned itself, so that it is reported.

    Args:
        folder: Its path; those of the files begin with it.
    """
    found: list[str] = []
    unread: list[str] = []
    for root, folders, names in os.walk(folder, onerror=lambda error: unread.append(str(error.filename))):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(root, name) for name in sorted(names) if not name.startswith(".")]  # noqa: PTH118
    return found + unread
