"""Product of two square matrices; see workloads/matmul.ts."""

import torch


def create(size, variant):
    a, b = torch.randn(size, size), torch.randn(size, size)

    def run():
        with torch.no_grad():
            a @ b

    return run
