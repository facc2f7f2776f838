"""An engine in a process of its own: what kills it, or fills the memory, ends a process and not the film."""

from .engine import ProcessEngine
from .patience import Patience

__all__ = ["Patience", "ProcessEngine"]
