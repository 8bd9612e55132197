# The public names of s2dl.

from . import aio as aio
from . import demo as demo
from . import errors as errors
from . import events as events
from . import jobs as jobs
from . import preferences as preferences
from . import tiles as tiles
from .api import count as count
from .api import download as download
from .api import login as login
from .api import logout as logout
from .api import overlay as overlay
from .api import preview as preview
from .api import quicklook as quicklook
from .api import read_scenes as read_scenes
from .api import search as search
from .api import true_colour as true_colour
from .api import verify as verify
from .api import write_scenes as write_scenes
from .jobs import Job as Job
from .panel import Panel as Panel
from .query import Query as Query
from .region import read_region as read_region
from .report import DownloadReport as DownloadReport
from .report import PreviewReport as PreviewReport
from .settings import Settings as Settings
from .sync import nest as nest

__version__: str
