"""Training step of TiM4Rec; see workloads/tim4rec.ts.

The recurrence of Mamba-2 in its matrix form, with matrices over all pairs of positions. "last position only" computes the last
block's final states, gate, feed-forward network and norms for the one position that is read, as our model does; "all positions"
computes every block everywhere. Windows are full, so norms of gaps need no masks.
"""

import torch
from torch import nn
from torch.nn.functional import hardswish, silu, softplus

from sequential import (
    DIMENSIONS,
    ITEMS,
    LAST_ONLY,
    LENGTH,
    CausalConvolution,
    MixerBlock,
    initialize,
    random_gaps,
    training_step,
)

BLOCKS, CHANNELS, HEADS, STATES, WIDTH, DROPOUT = 2, 2 * DIMENSIONS, 4, 32, 4, 0.2


def ssd(x, delta, decay, write, read):
    """Y = (D ∘ (C Bᵀ)) diag(Δ) X, D_ij = exp(Σ_{j<u≤i} Δ_u A). x [B, L, H, p], delta [B, L, H]; [B, L, H, p]."""
    sums = (delta * decay).cumsum(1).transpose(1, 2)
    future = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)
    decays = (sums[..., :, None] - sums[..., None, :]).masked_fill(future, -torch.inf).exp()
    scores = (read @ write.transpose(1, 2))[:, None]
    return ((scores * decays) @ (delta[..., None] * x).transpose(1, 2)).transpose(1, 2)


def ssd_last(x, delta, decay, write, read):
    """The last row of `ssd`, by the final states Bᵀ diag(Δ exp(Σ_{u>j} Δ_u A)) X; [B, 1, H, p]."""
    steps = delta * decay
    weights = delta * (steps.sum(1, keepdim=True) - steps.cumsum(1)).exp()
    states = write.transpose(1, 2)[:, None] @ (weights[..., None] * x).transpose(1, 2)
    return (read[:, None, -1:] @ states).transpose(1, 2)


class Mamba2(nn.Module):
    def __init__(self):
        super().__init__()
        self.input = nn.Linear(DIMENSIONS, CHANNELS + 2 * STATES + HEADS)
        self.gate = nn.Linear(DIMENSIONS, CHANNELS)
        self.convolution = CausalConvolution(CHANNELS + 2 * STATES, WIDTH)
        self.delta_bias = nn.Parameter(torch.full((HEADS,), -4.0))
        self.log_decay = nn.Parameter(torch.empty(HEADS).uniform_(1, 16).log())
        self.skip = nn.Parameter(torch.ones(HEADS))
        self.norm = nn.RMSNorm(CHANNELS, eps=1e-12)
        self.output = nn.Linear(CHANNELS, DIMENSIONS)

    def forward(self, inputs, delta_factor, last_only):
        mixing, step = self.input(inputs).split([CHANNELS + 2 * STATES, HEADS], -1)
        x, write, read = hardswish(self.convolution(mixing)).split([CHANNELS, STATES, STATES], -1)
        x = x.unflatten(-1, (HEADS, -1))
        selected = x, softplus(step * delta_factor + self.delta_bias), -self.log_decay.exp(), write, read
        if last_only:
            y, x, inputs = ssd_last(*selected), x[:, -1:], inputs[:, -1:]
        else:
            y = ssd(*selected)
        return self.output(self.norm((y + self.skip[:, None] * x).flatten(-2) * silu(self.gate(inputs))))


class TimeDifferences(nn.Module):
    """The factor of Δ, from gaps [B, H, L]."""

    def __init__(self):
        super().__init__()
        self.expand, self.contract = nn.Linear(LENGTH, LENGTH), nn.Linear(LENGTH, LENGTH)
        self.first, self.second = CausalConvolution(HEADS, WIDTH), CausalConvolution(HEADS, WIDTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, gaps):
        scaled = gaps * self.contract(silu(self.expand(self.dropout(gaps))))
        return hardswish(self.second(hardswish(self.first(scaled.transpose(1, 2))))).transpose(1, 2)


class TimeResidual(nn.Module):
    """The gaps that the next block sees."""

    def __init__(self):
        super().__init__()
        self.gate, self.norm = nn.Linear(LENGTH, 1), nn.LayerNorm(LENGTH)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, gaps, differences):
        return self.norm(torch.lerp(differences, gaps, self.gate(self.dropout(gaps)).sigmoid()))


class Block(MixerBlock):
    def __init__(self):
        super().__init__(hardswish, DROPOUT)
        self.ssd, self.time = Mamba2(), TimeDifferences()

    def forward(self, inputs, differences, last_only):
        mixed = self.ssd(inputs, differences.transpose(1, 2), last_only)
        return self.after_mixer(mixed, inputs[:, -1:] if last_only else inputs)


class TiM4Rec(nn.Module):
    def __init__(self, last_only):
        super().__init__()
        self.last_only = last_only
        self.items = nn.Embedding(ITEMS + 1, DIMENSIONS, padding_idx=0)
        self.input_norm, self.gap_norm = nn.LayerNorm(DIMENSIONS, eps=1e-12), nn.LayerNorm(LENGTH)
        self.time_residuals = nn.ModuleList(TimeResidual() for _ in range(BLOCKS - 1))
        self.blocks = nn.ModuleList(Block() for _ in range(BLOCKS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, ids, gaps):
        hidden = self.input_norm(self.dropout(self.items(ids)))
        gaps = self.gap_norm(self.dropout(gaps))[:, None].expand(-1, HEADS, -1)
        for block, residual in zip(self.blocks, self.time_residuals):
            differences = block.time(gaps)
            hidden, gaps = block(hidden, differences, False), residual(gaps, differences)
        hidden = self.blocks[-1](hidden, self.blocks[-1].time(gaps), self.last_only)
        return hidden[:, -1]  # full windows: the last position is the last item


def build(variant):
    model = TiM4Rec(variant == LAST_ONLY)
    initialize(model)
    return model


def create(size, variant):
    model = build(variant)
    return training_step(model, model.items, random_gaps())
