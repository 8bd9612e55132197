"""Jobs: work that outlives the notebook, kept in a store where any process of the user can see, stop and resume it.

What starts and watches them lives here; what carries them out is `s2dl.runner`. The public names stand in
``__init__.pyi``; each loads its module when it is first used, so that a runner can begin before it loads the rest.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
