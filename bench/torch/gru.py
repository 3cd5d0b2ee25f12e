"""Training step of GRU4Rec with PyTorch's fused GRU; see workloads/gru.ts."""

from torch import nn

from sequential import DIMENSIONS, ITEMS, training_step


class GRU4Rec(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(ITEMS + 1, DIMENSIONS, padding_idx=0)
        self.dropout = nn.Dropout(0.3)
        self.gru = nn.GRU(DIMENSIONS, DIMENSIONS, bias=False, batch_first=True)
        self.output = nn.Linear(DIMENSIONS, DIMENSIONS)

    def forward(self, ids):
        states, _ = self.gru(self.dropout(self.items(ids)))
        return self.output(states[:, -1])  # full windows: the last step is the last item


def create(size, variant):
    model = GRU4Rec()
    return training_step(model, model.items)
