"""The model of prefill.py writes tokens behind its prompts, the likeliest each time; see workloads/decoder.ts."""

import copy

import torch

from prefill import build, prompts, read

STEPS = 32


def create(size, variant):
    model = build()
    start = read(model, prompts(size))

    @torch.inference_mode()
    def run():
        made, cache = start, copy.deepcopy(start.past_key_values)
        for _ in range(STEPS):
            made = read(model, made.logits[:, -1:].argmax(-1), cache)
        made.logits.sum().item()

    return run
