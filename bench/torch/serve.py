"""PyTorch's side of a benchmark: `serve.py <benchmark> <size> <variant>`, the counterpart of serve.ts.

Lines of JSON: first `{"firstSeconds"}`, then for every `{"runs"}` on the input `{"seconds"}` a run, and for `{"end"}` the
process's peak memory. REPRISE_THREADS is the number of threads; all processors if unset.
"""

import importlib
import json
import os
import resource
import sys
import time

import torch


def peak_bytes():
    """Highest resident memory; see serve.ts for why getrusage is the second choice."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) * 1024
    except (OSError, StopIteration):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def answer(**values):
    print(json.dumps(values), flush=True)


def time_runs(run, runs):
    start = time.perf_counter()
    for _ in range(runs):
        run()
    return (time.perf_counter() - start) / runs


def main():
    benchmark, size, variant = sys.argv[1:4]
    torch.set_num_threads(int(os.environ.get("REPRISE_THREADS") or os.cpu_count()))
    torch.manual_seed(1)
    base = peak_bytes()
    run = importlib.import_module(benchmark).create(int(size), variant)
    answer(firstSeconds=time_runs(run, 1))
    for line in sys.stdin:
        request = json.loads(line)
        if "runs" not in request:
            break
        answer(seconds=time_runs(run, request["runs"]))
    answer(peakBytes=peak_bytes(), baseBytes=base, reports=[])


if __name__ == "__main__":
    main()
