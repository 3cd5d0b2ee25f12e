"""Training step of Mamba4Rec; see workloads/mamba4rec.ts.

The selective scan is a loop over time, which is what there is without its CUDA kernel. "last position only" computes what the
scan reads, the gate, the feed-forward network and the norms for the one position that is read, as our model does; "all
positions" computes them everywhere. Ours reads that position without a loop; the same in PyTorch took longer than its loop.
"""

import torch
from torch import nn
from torch.nn.functional import gelu, silu, softplus

from sequential import DIMENSIONS, ITEMS, LAST_ONLY, CausalConvolution, MixerBlock, initialize, training_step

CHANNELS, STATES, WIDTH, RANK, DROPOUT = 2 * DIMENSIONS, 32, 4, DIMENSIONS // 16, 0.2


def selective_scan(x, delta, decay, write, read, last_only):
    """h_t = exp(Δ_t A) h_{t-1} + Δ_t x_t B_t, y_t = C_t h_t, channels last; [B, L, channels], or [B, 1, channels] of the last."""
    state, outputs = 0, []
    for entering, step, b, c in zip(*(part.unbind(1) for part in (delta * x, delta, write, read))):
        state = torch.exp(step[:, None] * decay) * state + b[:, :, None] * entering[:, None]
        if not last_only:
            outputs.append(c[:, None] @ state)
    return read[:, -1:] @ state if last_only else torch.cat(outputs, 1)


class Mamba(nn.Module):
    def __init__(self):
        super().__init__()
        self.input, self.gate = (nn.Linear(DIMENSIONS, CHANNELS, bias=False) for _ in range(2))
        self.convolution = CausalConvolution(CHANNELS, WIDTH)
        self.select = nn.Linear(CHANNELS, RANK + 2 * STATES, bias=False)
        self.step = nn.Linear(RANK, CHANNELS)
        self.log_decay = nn.Parameter(torch.arange(1.0, STATES + 1).log()[:, None].repeat(1, CHANNELS))
        self.skip = nn.Parameter(torch.ones(CHANNELS))
        self.output = nn.Linear(CHANNELS, DIMENSIONS, bias=False)

    def forward(self, inputs, last_only):
        x = silu(self.convolution(self.input(inputs)))
        factor, write, read = self.select(x).split([RANK, STATES, STATES], -1)
        y = selective_scan(x, softplus(self.step(factor)), -self.log_decay.exp(), write, read, last_only)
        if last_only:
            x, inputs = x[:, -1:], inputs[:, -1:]
        return self.output((y + self.skip * x) * silu(self.gate(inputs)))


class Block(MixerBlock):
    def __init__(self):
        super().__init__(gelu, DROPOUT)
        self.mamba = Mamba()

    def forward(self, inputs, last_only):
        return self.after_mixer(self.mamba(inputs, last_only))  # a model of one block has no residual connection here


class Mamba4Rec(nn.Module):
    def __init__(self, last_only):
        super().__init__()
        self.last_only = last_only
        self.items = nn.Embedding(ITEMS + 1, DIMENSIONS, padding_idx=0)
        self.input_norm = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.dropout = nn.Dropout(DROPOUT)
        self.blocks = nn.ModuleList([Block()])

    def forward(self, ids):
        hidden = self.blocks[0](self.input_norm(self.dropout(self.items(ids))), self.last_only)
        return hidden[:, -1]  # full windows: the last position is the last item


def build(variant):
    model = Mamba4Rec(variant == LAST_ONLY)
    initialize(model)
    return model


def create(size, variant):
    model = build(variant)
    return training_step(model, model.items)
