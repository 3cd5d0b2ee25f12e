"""Training step of T5 as a generative recommender; see workloads/t5.ts. It is Hugging Face's model.

"fused attention" takes PyTorch's scaled_dot_product_attention, which is what the library chooses by itself; "plain attention"
takes products and softmax op by op.
"""

import torch
from torch import nn
from transformers import T5Config, T5ForConditionalGeneration

BATCH, ITEMS, DIGITS, LABELS, VOCABULARY = 256, 20, 4, 5, 1027
LENGTH = DIGITS * ITEMS + 2

ATTENTION = {"fused attention": "sdpa", "plain attention": "eager"}


class T5(nn.Module):
    """The library's model under the names of our parameters, for loss.py; its tensors are shared, not copied."""

    def __init__(self, variant):
        super().__init__()
        config = T5Config(
            vocab_size=VOCABULARY,
            d_model=128,
            d_kv=64,
            d_ff=512,
            num_layers=3,
            num_heads=4,
            dropout_rate=0.1,
            pad_token_id=0,
            decoder_start_token_id=0,
            eos_token_id=VOCABULARY - 1,
            attn_implementation=ATTENTION[variant],
        )
        self.model = T5ForConditionalGeneration(config)
        self.embedding = self.model.shared
        self.encoder, self.decoder = stack(self.model.encoder), stack(self.model.decoder)

    def forward(self, inputs, labels):
        """The mean loss of all positions of the labels."""
        return self.model(input_ids=inputs, attention_mask=inputs.ne(0), labels=labels, use_cache=False).loss


def stack(own):
    named = nn.Module()
    named.relative_bias = own.block[0].layer[0].SelfAttention.relative_attention_bias.weight
    named.layers = nn.ModuleList(block(part.layer) for part in own.block)
    named.final_norm = own.final_layer_norm
    return named


def block(own):
    named = nn.ModuleDict({"self_attention": attention(own[0].layer_norm, own[0].SelfAttention)})
    if len(own) == 3:
        named["cross_attention"] = attention(own[1].layer_norm, own[1].EncDecAttention)
    network = nn.ModuleDict({"expand": own[-1].DenseReluDense.wi, "contract": own[-1].DenseReluDense.wo})
    named["feed_forward"] = nn.ModuleDict({"norm": own[-1].layer_norm, "network": network})
    return named


def attention(norm, own):
    layers = nn.ModuleDict({"query": own.q, "key": own.k, "value": own.v, "output": own.o})
    return nn.ModuleDict({"norm": norm, "attention": layers})


def build(variant):
    return T5(variant)


def loss(model, inputs, targets):
    return model(*inputs, targets)


def random_inputs():
    """User, 1 to 20 items of 4 tokens, end; then padding."""
    tokens = 1 + DIGITS * torch.randint(1, ITEMS + 1, (BATCH, 1))
    positions = torch.arange(LENGTH)
    ids = torch.randint(1, VOCABULARY - 1, (BATCH, LENGTH))
    return torch.where(positions < tokens, ids, torch.where(positions == tokens, VOCABULARY - 1, 0))


def create(size, variant):
    model = build(variant).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    inputs = random_inputs()
    labels = torch.randint(1, VOCABULARY - 1, (BATCH, LABELS))

    def run():
        optimizer.zero_grad()
        value = model(inputs, labels)
        value.backward()
        optimizer.step()
        return value.item()

    return run
