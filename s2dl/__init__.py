"""Search, preview and download Sentinel-2 images of the Copernicus Data Space.

The public names stand in ``__init__.pyi``; each loads its module when it is first used, so that
``import s2dl`` is quick.
"""

import lazy_loader as lazy

from s2dl._version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
