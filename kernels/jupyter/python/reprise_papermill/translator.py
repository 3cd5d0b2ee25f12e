"""Parameters of a notebook as TypeScript."""

import datetime
import json
import math
import re

from papermill.exceptions import PapermillException
from papermill.models import Parameter
from papermill.translators import Translator

MAX_SAFE_INTEGER = 2**53 - 1

# `let name: Type = value; // help`, on one line.
DECLARATION = re.compile(
    r"^\s*(?:export\s+)?let\s+(?P<name>[\w$]+)\s*(?::\s*(?P<type>[^=]+?))?\s*=\s*(?P<value>.*?)\s*;?\s*(?://\s*(?P<help>.*))?$"
)


class TypeScriptTranslator(Translator):
    """Assigns parameters that the notebook declares with ``let``.

    The assignments stand in a block, so that the cell has no value to show. TypeScript checks them: a value of the
    wrong type or a name that the notebook doesn't declare is an error that names both.
    """

    @classmethod
    def translate_str(cls, val):
        # JSON strings are TypeScript strings, but for two line separators that JSON leaves as they are.
        return json.dumps(val, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

    @classmethod
    def translate_none(cls, val):
        return "null"

    @classmethod
    def translate_int(cls, val):
        if abs(val) > MAX_SAFE_INTEGER:
            raise PapermillException(
                f"The integer {val} is beyond 2^53 and would lose digits in TypeScript: pass it as a string (-r name value)."
            )
        return str(val)

    @classmethod
    def translate_float(cls, val):
        if math.isnan(val):
            return "NaN"
        if math.isinf(val):
            return "Infinity" if val > 0 else "-Infinity"
        return repr(val)

    @classmethod
    def translate_dict(cls, val):
        entries = ", ".join(f"{cls.translate_key(key)}: {cls.translate(item)}" for key, item in val.items())
        return f"{{ {entries} }}" if entries else "{}"

    @classmethod
    def translate_key(cls, key):
        """JSON's names of keys that aren't strings; computed where a plain one would set the prototype."""
        name = key if isinstance(key, str) else cls.translate(key).strip('"')
        text = cls.translate_str(name)
        return f"[{text}]" if name == "__proto__" else text

    @classmethod
    def translate_list(cls, val):
        return f"[{', '.join(cls.translate(item) for item in val)}]"

    @classmethod
    def translate(cls, val):
        if isinstance(val, (datetime.date, datetime.datetime)):  # YAML reads 2026-11-25 as a date
            return cls.translate_str(val.isoformat())
        if isinstance(val, (tuple, set)):
            return cls.translate_list(list(val))
        if val is None or isinstance(val, (bool, int, float, str, list, dict)):
            return super().translate(val)
        raise PapermillException(f"A parameter cannot be of type {type(val).__name__}: use what JSON has.")

    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def assign(cls, name, str_val):
        return f"  {name} = {str_val};"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        assignments = "".join(f"{cls.assign(name, cls.translate(val))}\n" for name, val in parameters.items())
        return f"{cls.comment(comment)}\n{{\n{assignments}}}\n"

    @classmethod
    def inspect(cls, parameters_cell):
        found = (DECLARATION.match(line) for line in parameters_cell["source"].splitlines())
        return [
            Parameter(
                name=match["name"],
                inferred_type_name=match["type"] or "None",
                default=match["value"],
                help=match["help"] or "",
            )
            for match in found
            if match
        ]
