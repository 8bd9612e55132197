"""Options: where downloads go, and what is done with them; the settings' unless changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import Bool, Unicode

from s2dl.panel.state.speaking import Speaking
from s2dl.panel.state.values import several
from s2dl.settings import Settings

__all__ = ["Options"]


class Options(Speaking):
    """What the next download does; what is there begins as the settings say.

    Attributes
    ----------
    directory : str
        Where downloads go; empty for the settings'.
    progress_file : str
        Lists what is complete; a name within the directory, or a path.
    unzip : bool
    unzip_directory : str
        Empty for beside the archives.
    keep_archive : bool
        False removes an archive after a checked unzip.
    bands : str
        Names of bands with commas or blanks between them, in the place of whole products; empty for these.
    preview_only : bool
        Quicklooks instead of products.
    detached : bool
        A process of its own downloads, and goes on when the notebook is closed.
    """

    directory = Unicode()
    progress_file = Unicode()
    unzip = Bool(False)
    unzip_directory = Unicode()
    keep_archive = Bool(True)
    bands = Unicode()
    preview_only = Bool(False)
    detached = Bool(False)

    def __init__(self, settings: Settings | None = None, **kwargs: Any) -> None:
        super().__init__(settings=settings, **kwargs)
        for name, value in _said_by(self.settings).items():
            setattr(self, name, value)

    def use_settings(self, settings: Settings) -> None:
        """Work with other settings from now on; options that a person changed here stay as they are."""
        before, self.settings = _said_by(self.settings), settings
        for name, value in _said_by(settings).items():
            if getattr(self, name) == before[name]:
                setattr(self, name, value)

    @property
    def target(self) -> Path:
        """The directory that is meant."""
        return Path(self.directory.strip() or _said_by(self.settings)["directory"]).expanduser().absolute()

    def arguments(self) -> dict[str, Any]:
        """Give the options as arguments of `s2dl.download`."""
        bands = several(self.bands) or None
        # Bands come as plain files.
        unzip = self.unzip and bands is None and (self.unzip_directory.strip() or str(self.target))
        return {
            "directory": str(self.target),
            "progress_file": self.progress_file.strip() or None,
            "unzip": unzip,
            "keep_archive": self.keep_archive,
            "bands": bands,
            "preview_only": self.preview_only,
        }


def _said_by(settings: Settings) -> dict[str, Any]:
    """The options that settings stand for; the directory written out, so that a person sees where files will go."""
    return {
        "directory": str(settings.directory.expanduser().absolute()),
        "progress_file": str(settings.progress_file),
        "unzip": settings.unzip,
        "unzip_directory": "" if settings.unzip_directory is None else str(settings.unzip_directory),
        "keep_archive": settings.keep_archive,
        "preview_only": settings.preview_only,
    }
