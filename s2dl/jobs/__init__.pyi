# The public names of s2dl.jobs.

from .adding import add as add
from .job import Job as Job
from .listing import records as records
from .listing import stop_all as stop_all
from .record import Record as Record
from .record import SceneRow as SceneRow
