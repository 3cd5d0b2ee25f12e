"""A training step of a sequential recommender on one random batch of full windows; see workloads/sequential.ts."""

import torch
from torch import nn

BATCH, LENGTH, ITEMS, DIMENSIONS = 128, 50, 3417, 64


def training_step(model, items):
    """The step: `model(ids)` gives [B, d], scored against the item table `items`; full softmax, Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    ids = torch.randint(1, ITEMS + 1, (BATCH, LENGTH))
    targets = torch.randint(1, ITEMS + 1, (BATCH,))
    model.train()

    def run():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids) @ items.weight.T, targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run
