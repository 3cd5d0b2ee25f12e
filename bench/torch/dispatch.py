"""A thousand additions of two scalars; see workloads/dispatch.ts."""

import torch


def create(size, variant):
    a, b = torch.tensor(1.0), torch.tensor(2.0)

    def run():
        with torch.no_grad():
            for _ in range(1000):
                torch.add(a, b)

    return run
