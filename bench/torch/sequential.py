"""What the sequential recommenders share: see workloads/sequential.ts, and models/mixerBlock.ts for their blocks."""

import torch
from torch import nn

BATCH, LENGTH, ITEMS, DIMENSIONS = 128, 50, 3417, 64

LAST_ONLY = "last position only"  # the variant that computes the last block there alone; the other is "all positions"


def random_gaps():
    """Seconds in front of each event, [B, L]."""
    return torch.rand(BATCH, LENGTH) * 86_400


def training_step(model, items, *context):
    """The step on one random batch of full windows: `model(ids, *context)` gives [B, d], scored against the item table `items`;
    full softmax, Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    ids = torch.randint(1, ITEMS + 1, (BATCH, LENGTH))
    targets = torch.randint(1, ITEMS + 1, (BATCH,))
    model.train()

    def run():
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(ids, *context) @ items.weight.T, targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return run


def initialize(model):
    """N(0, 0.02²) for all weight matrices and embeddings, zeros for the biases of dense layers."""
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)


class CausalConvolution(nn.Conv1d):
    """Depthwise over time; [B, L, channels]."""

    def __init__(self, channels, width):
        super().__init__(channels, channels, width, groups=channels, padding=width - 1)

    def forward(self, x):
        return super().forward(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)


class FeedForward(nn.Module):
    def __init__(self, activation, dropout):
        super().__init__()
        self.expand, self.contract = nn.Linear(DIMENSIONS, 4 * DIMENSIONS), nn.Linear(4 * DIMENSIONS, DIMENSIONS)
        self.activation, self.dropout = activation, nn.Dropout(dropout)

    def forward(self, x):
        return self.contract(self.dropout(self.activation(self.expand(x))))


class MixerBlock(nn.Module):
    """What stands behind a state-space layer: norm, feed-forward network, norm."""

    def __init__(self, activation, dropout):
        super().__init__()
        self.mixer_norm = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.feed_forward = FeedForward(activation, dropout)
        self.feed_forward_norm = nn.LayerNorm(DIMENSIONS, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def after_mixer(self, mixed, residual=0):
        hidden = self.mixer_norm(residual + self.dropout(mixed))
        return self.feed_forward_norm(hidden + self.dropout(self.feed_forward(hidden)))
