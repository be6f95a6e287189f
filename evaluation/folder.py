"""The folder that a report goes to."""

import os
from pathlib import Path

from evaluation.errors import UnwritableFolderError


def output_folder(folder: Path) -> None:
    """Makes the folder and its ``drafts``; UnwritableFolderError before any work where nothing can be written there."""
    try:
        (folder / "drafts").mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise UnwritableFolderError(folder=folder, problem="a file stands in its place") from None
    except NotADirectoryError:
        raise UnwritableFolderError(folder=folder, problem="a part of the path is a file") from None
    except OSError as error:
        problem = (error.strerror or type(error).__name__).lower()
        raise UnwritableFolderError(folder=folder, problem=problem) from None
    if not os.access(folder, os.W_OK | os.X_OK) or not os.access(folder / "drafts", os.W_OK | os.X_OK):
        raise UnwritableFolderError(folder=folder, problem="permission denied")
