"""
Math-Verify's verdicts on pairs of answers, as the benchmark's own tester calls it: both sides trimmed, one outer pair of
dollar signs taken off, put between dollar signs, parsed and verified with the default settings.

Reads one JSON pair [gold, prediction] a line; prints one JSON object: the versions, and the verdicts in hexadecimal, one
bit a pair, filled with zeros to whole digits. The verdicts kept in verdicts.json come from here:

    npx tsx -e 'import { generatedPairs } from "./lib/math/answers/mathVerify/pairs";
      for (const pair of generatedPairs()) console.log(JSON.stringify(pair));' | $REPRISE_MATH_VERIFY lib/math/answers/mathVerify/verdicts.py

To install, outside of the project, each version in an environment of its own (the benchmark was measured with 0.8.0; 0.9.0
differs in percentages):

    python3 -m venv ~/math-verify
    ~/math-verify/bin/pip install "math-verify[antlr4_13_2]==0.9.0"
    export REPRISE_MATH_VERIFY=~/math-verify/bin/python
"""

import importlib.metadata
import json
import sys

from math_verify import parse, verify

PACKAGES = ("math-verify", "latex2sympy2_extended", "sympy")


def read(answer):
    text = answer.strip()
    if len(text) >= 2 and text.startswith("$") and text.endswith("$"):
        text = text[1:-1].strip()
    return parse(f"${text or '.'}$")


def verdict(gold, prediction):
    # A time-out is no match, as in verify itself.
    return "1" if verify(read(gold), read(prediction)) else "0"


def main():
    # The first call loads most of SymPy, which must not count against its time.
    verdict("\\frac{1}{2}+\\sqrt{2}", "\\sqrt{2}+0.5")
    bits = "".join(verdict(*json.loads(line)) for line in sys.stdin)
    digits = (bits[k : k + 4].ljust(4, "0") for k in range(0, len(bits), 4))
    versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    json.dump({"versions": versions, "verdicts": "".join(f"{int(digit, 2):x}" for digit in digits)}, sys.stdout)


if __name__ == "__main__":
    main()
