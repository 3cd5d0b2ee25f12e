"""Training step of SASRec; see workloads/sasrec.ts.

The variant "last position only" computes the last block's query, feed-forward network and norms for the one position that
is read, as our model does; "all positions" computes every block everywhere, as implementations commonly do.
"""

import math

import torch
from torch import nn

from sequential import DIMENSIONS, ITEMS, LAST_ONLY, LENGTH, training_step

HEADS, INNER, BLOCKS, DROPOUT = 2, 256, 2, 0.5


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.mix = (nn.Linear(DIMENSIONS, DIMENSIONS) for _ in range(4))
        self.inner, self.outer = nn.Linear(DIMENSIONS, INNER), nn.Linear(INNER, DIMENSIONS)
        self.attention_norm, self.forward_norm = nn.LayerNorm(DIMENSIONS), nn.LayerNorm(DIMENSIONS)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, queries, hidden, mask):
        def heads(x):
            return x.view(len(x), -1, HEADS, DIMENSIONS // HEADS).transpose(1, 2)

        q, k, v = heads(self.query(queries)), heads(self.key(hidden)), heads(self.value(hidden))
        scores = q @ k.transpose(-1, -2) / math.sqrt(DIMENSIONS // HEADS) + mask
        context = self.dropout(scores.softmax(-1)) @ v
        mixed = self.mix(context.transpose(1, 2).reshape(queries.shape))
        hidden = self.attention_norm(queries + self.dropout(mixed))
        transformed = self.outer(nn.functional.gelu(self.inner(hidden)))
        return self.forward_norm(hidden + self.dropout(transformed))


class SASRec(nn.Module):
    def __init__(self, last_only):
        super().__init__()
        self.last_only = last_only
        self.items = nn.Embedding(ITEMS + 1, DIMENSIONS, padding_idx=0)
        self.positions = nn.Embedding(LENGTH, DIMENSIONS)
        self.norm = nn.LayerNorm(DIMENSIONS)
        self.dropout = nn.Dropout(DROPOUT)
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))

    def forward(self, ids):
        mask = torch.where((ids != 0)[:, None, None, :] & torch.ones(LENGTH, LENGTH).tril().bool(), 0.0, -1e4)
        hidden = self.dropout(self.norm(self.items(ids) + self.positions.weight))
        for index, block in enumerate(self.blocks):
            if self.last_only and index == len(self.blocks) - 1:
                hidden = block(hidden[:, -1:], hidden, mask[:, :, -1:])
            else:
                hidden = block(hidden, hidden, mask)
        return hidden[:, -1]  # full windows: the last position is the last item


def create(size, variant):
    model = SASRec(variant == LAST_ONLY)
    return training_step(model, model.items)
