"""papermill's own engine, with outputs fit for a notebook that is kept."""

import os
from contextlib import contextmanager

from papermill.engines import NBClientEngine


class RepriseEngine(NBClientEngine):
    """Executes as ``NBClientEngine`` does. In TypeScript notebooks the pieces of stdout and of stderr are joined, and
    the kernel learns that nobody watches (``REPRISE_HEADLESS``), which makes figures PNG and live curves calm."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
        if cls.nb_language(nb_man.nb) != "typescript":
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
        kwargs.setdefault("coalesce_streams", True)
        with environment("REPRISE_HEADLESS", "1"):
            return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


@contextmanager
def environment(name, value):
    """Sets an environment variable for the kernel that is started meanwhile, unless the caller has set it."""
    if name in os.environ:
        yield
        return
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
