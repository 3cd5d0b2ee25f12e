"""RecBole's SASRec without the arithmetic that nothing reads: the same function of the same parameters, in half the time.

Only the output at the last real position enters the loss and the scores, yet RecBole computes the last block at all 50.
`prune` computes there the keys and values of all positions, and the rest for the one query that is read. It also takes
PyTorch's fused GELU, which is the formula that RecBole writes out, and draws the masks of dropout 0.5 eight at a time.
Dropout masks are independent at each position, so the distribution of a training step is untouched; single random numbers
differ. It serves to measure accuracy on a small machine; times are always measured on RecBole's own code.
"""

import types

import torch


def prune(model):
    """Replaces `model.forward`, and fails unless scores and gradients agree with RecBole's own before training starts."""
    original = model.forward
    for layer in model.trm_encoder.layer:
        layer.feed_forward.intermediate_act_fn = torch.nn.functional.gelu
        layer.feed_forward.dropout = _half(layer.feed_forward.dropout)
        layer.multi_head_attention.attn_dropout = _half(layer.multi_head_attention.attn_dropout)
        layer.multi_head_attention.out_dropout = _half(layer.multi_head_attention.out_dropout)
    model.dropout = _half(model.dropout)
    model.forward = types.MethodType(_forward, model)
    _check(model, original)


class HalfDropout(torch.nn.Module):
    """Dropout at rate 0.5: one random 64-bit number gives the masks of eight elements, a bit of each of its bytes."""

    def forward(self, x):
        if not self.training:
            return x
        numbers = torch.empty(-(-x.numel() // 8), dtype=torch.int64).random_()
        mask = numbers.view(torch.uint8)[: x.numel()].bitwise_and_(1).view(x.shape)
        return x * mask.to(x.dtype).mul_(2)


def _half(dropout):
    if dropout.p != 0.5:
        raise ValueError(f"only a rate of 0.5 can be drawn by bits, not {dropout.p}")
    return HalfDropout()


def _forward(self, item_seq, item_seq_len):
    positions = torch.arange(item_seq.size(1)).unsqueeze(0).expand_as(item_seq)
    hidden = self.dropout(self.LayerNorm(self.item_embedding(item_seq) + self.position_embedding(positions)))
    mask = self.get_attention_mask(item_seq)
    *lower, last = self.trm_encoder.layer
    for layer in lower:
        hidden = layer(hidden, mask)
    read = item_seq_len - 1
    attended = _attend_once(last.multi_head_attention, hidden, mask, read)
    return last.feed_forward(attended).squeeze(1)


def _attend_once(attention, hidden, mask, read):
    """The attention sublayer for the query at position `read` of each row: [B, L, d] -> [B, 1, d]."""
    rows = torch.arange(len(hidden))
    residual = hidden[rows, read].unsqueeze(1)
    query = attention.transpose_for_scores(attention.query(residual)).permute(0, 2, 1, 3)
    key = attention.transpose_for_scores(attention.key(hidden)).permute(0, 2, 3, 1)
    value = attention.transpose_for_scores(attention.value(hidden)).permute(0, 2, 1, 3)
    scores = query @ key / attention.sqrt_attention_head_size + mask[rows, :, read].unsqueeze(2)
    context = attention.attn_dropout(attention.softmax(scores)) @ value
    context = context.permute(0, 2, 1, 3).flatten(2)
    return attention.LayerNorm(attention.out_dropout(attention.dense(context)) + residual)


def _check(model, original, rows=16):
    generator = torch.Generator().manual_seed(7)
    lengths = torch.randint(1, model.max_seq_length + 1, (rows,), generator=generator)
    items = torch.randint(1, model.n_items, (rows, model.max_seq_length), generator=generator)
    items[torch.arange(model.max_seq_length) >= lengths.unsqueeze(1)] = 0
    weights = torch.randn(rows, model.hidden_size, generator=generator)
    parameters = list(model.parameters())
    results = []
    model.eval()
    for forward in (original, model.forward):
        output = forward(items, lengths)
        results.append([output.detach(), *torch.autograd.grad((output * weights).sum(), parameters)])
    model.train()
    for ours, theirs in zip(*results):
        if not torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * (1 + theirs.abs().max().item())):
            raise RuntimeError(f"the pruned SASRec differs from RecBole's by {(ours - theirs).abs().max().item():.2e}")
