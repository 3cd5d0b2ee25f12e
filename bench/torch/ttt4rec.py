"""Training step of TTT4Rec, the gradients of its inner network in closed form; see workloads/ttt4rec.ts.

"last position only" computes the last norms, output layer and feed-forward network for the one position that is read, as our
model does; "all positions" computes them everywhere.
"""

import math

import torch
from torch import nn
from torch.nn.functional import gelu, layer_norm, silu

from sequential import DIMENSIONS, ITEMS, LAST_ONLY, LENGTH, initialize, training_step

HEADS, MINI_BATCH, ROTARY_BASE, DROPOUT, EPSILON = 4, 8, 1000, 0.2, 1e-6
WIDTH = DIMENSIONS // HEADS


def gelu_slope(x):
    """Derivative of gelu in its tanh approximation."""
    factor, cubic = math.sqrt(2 / math.pi), 0.044715
    t = torch.tanh(factor * x * (1 + cubic * x * x))
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 3 * cubic * x * x)


def rotary_table():
    """exp(i m θ^(-2j/f)) for the position m within a mini-batch and pair j of the features."""
    positions = torch.arange(LENGTH) % MINI_BATCH
    frequencies = ROTARY_BASE ** (-torch.arange(0, WIDTH, 2) / WIDTH)
    angles = positions[:, None] * frequencies
    return torch.polar(torch.ones_like(angles), angles)


class InnerNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(HEADS, 1, WIDTH)), nn.Parameter(torch.zeros(HEADS, 1, WIDTH))

    def forward(self, x):
        return layer_norm(x, (WIDTH,), eps=EPSILON) * self.weight + self.bias

    def output_gradient(self, x, target):
        """Of ½ ‖norm(x) - target‖² with respect to x."""
        variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
        inverse = torch.rsqrt(variance + EPSILON)
        normalized = (x - mean) * inverse
        arriving = (normalized * self.weight + self.bias - target) * self.weight
        product = (arriving * normalized).mean(-1, keepdim=True)
        return (arriving - arriving.mean(-1, keepdim=True) - normalized * product) * inverse


class TttMlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (
            nn.Linear(DIMENSIONS, DIMENSIONS, bias=False) for _ in range(4)
        )
        self.learning_rate = nn.Linear(DIMENSIONS, HEADS)
        self.place_shift = nn.Parameter(torch.zeros(MINI_BATCH))
        self.start = nn.ParameterDict(
            {
                "expand_weight": torch.randn(HEADS, WIDTH, 4 * WIDTH) * 0.02,
                "expand_bias": torch.zeros(HEADS, 1, 4 * WIDTH),
                "contract_weight": torch.randn(HEADS, 4 * WIDTH, WIDTH) * 0.02,
                "contract_bias": torch.zeros(HEADS, 1, WIDTH),
            }
        )
        self.inner_norm = InnerNorm()
        self.output_norm = nn.LayerNorm(DIMENSIONS, eps=EPSILON)
        self.register_buffer("rotary", rotary_table(), persistent=False)

    def forward(self, x, last_only):
        def heads(layer):
            return layer(x).unflatten(-1, (HEADS, WIDTH)).transpose(1, 2)

        def turned(layer):
            pairs = torch.view_as_complex(heads(layer).unflatten(-1, (-1, 2)).contiguous())
            return torch.view_as_real(pairs * self.rotary).flatten(-2)

        rates = self.learning_rate(x).sigmoid().transpose(1, 2)[:, :, None] / WIDTH
        shares = torch.relu(self.place_shift + 1 / torch.arange(1, MINI_BATCH + 1))[:, None]
        parts = [part.split(MINI_BATCH, 2) for part in (turned(self.query), turned(self.key), heads(self.value))]
        w1, b1, w2, b2 = (self.start[name] for name in ("expand_weight", "expand_bias", "contract_weight", "contract_bias"))
        readings = []
        for query, key, value, rate in zip(*parts, rates.split(MINI_BATCH, 3)):
            eta = shares[: rate.shape[-1]] * rate
            before = key @ w1 + b1
            hidden = gelu(before, approximate="tanh")
            of_contract = self.inner_norm.output_gradient(hidden @ w2 + b2, value - key)
            of_expand = of_contract @ w2.transpose(-1, -2) * gelu_slope(before)

            seen = eta.tril()  # Σ_{j≤i} η_ij g_j is what the weights have learnt when token i reads them
            read = query @ w1 + b1 - ((query @ key.transpose(-1, -2) + 1) * seen) @ of_expand
            read = gelu(read, approximate="tanh")
            result = read @ w2 + b2 - ((read @ hidden.transpose(-1, -2) + 1) * seen) @ of_contract
            readings.append(query + self.inner_norm(result))

            if len(readings) == len(parts[0]):
                break
            last = eta[:, :, -1, :, None]
            taught_expand, taught_contract = last * of_expand, last * of_contract
            w1, b1 = w1 - key.transpose(-1, -2) @ taught_expand, b1 - taught_expand.sum(2, keepdim=True)
            w2, b2 = w2 - hidden.transpose(-1, -2) @ taught_contract, b2 - taught_contract.sum(2, keepdim=True)
        joined = torch.cat(readings, 2).transpose(1, 2).flatten(-2)
        return self.output(self.output_norm(joined[:, -1:] if last_only else joined))


class SwiGlu(nn.Module):
    def __init__(self):
        super().__init__()
        self.gate, self.expand = (nn.Linear(DIMENSIONS, 4 * DIMENSIONS, bias=False) for _ in range(2))
        self.contract = nn.Linear(4 * DIMENSIONS, DIMENSIONS, bias=False)

    def forward(self, x):
        return self.contract(silu(self.gate(x)) * self.expand(x))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.mixer_norm, self.feed_forward_norm = (nn.RMSNorm(DIMENSIONS, eps=EPSILON) for _ in range(2))
        self.mixer, self.feed_forward = TttMlp(), SwiGlu()

    def forward(self, x, last_only):
        hidden = (x[:, -1:] if last_only else x) + self.mixer(self.mixer_norm(x), last_only)
        return hidden + self.feed_forward(self.feed_forward_norm(hidden))


class TTT4Rec(nn.Module):
    def __init__(self, last_only):
        super().__init__()
        self.last_only = last_only
        self.items = nn.Embedding(ITEMS + 1, DIMENSIONS, padding_idx=0)
        self.input_norm = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.dropout = nn.Dropout(DROPOUT)
        self.blocks = nn.ModuleList([Block()])
        self.output_norm = nn.RMSNorm(DIMENSIONS, eps=EPSILON)

    def forward(self, ids):
        hidden = self.blocks[0](self.input_norm(self.dropout(self.items(ids))), self.last_only)
        return self.output_norm(hidden)[:, -1]  # full windows: the last position is the last item


def build(variant):
    model = TTT4Rec(variant == LAST_ONLY)
    initialize(model)
    return model


def create(size, variant):
    model = build(variant)
    return training_step(model, model.items)
