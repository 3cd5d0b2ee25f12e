"""Teaches papermill TypeScript.

papermill loads this module through the entry point ``papermill.engine``: from then on the stock command
``papermill in.ipynb out.ipynb -p seed 3`` sets TypeScript parameters and keeps one output for each stream.
"""

from papermill.engines import papermill_engines
from papermill.translators import papermill_translators

from .engine import RepriseEngine
from .translator import TypeScriptTranslator

for name in ("typescript", "reprise"):  # by the notebook's language or by its kernel
    papermill_translators.register(name, TypeScriptTranslator)

papermill_engines.register(None, RepriseEngine)  # the engine of a call that names none

__all__ = ["RepriseEngine", "TypeScriptTranslator"]
