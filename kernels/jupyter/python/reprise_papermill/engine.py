"""papermill's own engine with one output for each stream of a cell, as a notebook that is kept should have."""

from papermill.engines import NBClientEngine


class RepriseEngine(NBClientEngine):
    """Executes as ``NBClientEngine`` does; for TypeScript notebooks the pieces of stdout and of stderr are joined."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **kwargs):
        if cls.nb_language(nb_man.nb) == "typescript":
            kwargs.setdefault("coalesce_streams", True)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)
