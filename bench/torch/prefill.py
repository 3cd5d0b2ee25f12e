"""A decoder of the Llama family reads prompts; see workloads/decoder.ts. It is Hugging Face's model with the library's own cache."""

import torch
from transformers import LlamaConfig, LlamaForCausalLM

PROMPT = 128


def build():
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        head_dim=64,
        max_position_embeddings=8192,
        rms_norm_eps=1e-5,
        rope_theta=100000.0,
        tie_word_embeddings=True,
        attn_implementation="sdpa",
    )
    return LlamaForCausalLM(config).eval()


def prompts(rows):
    return (torch.arange(rows * PROMPT).view(rows, PROMPT) * 37) % 49152


@torch.inference_mode()
def read(model, inputs, cache=None):
    return model(inputs, past_key_values=cache, use_cache=True, logits_to_keep=1)


def create(size, variant):
    model, inputs = build(), prompts(size)
    return lambda: read(model, inputs).logits.sum().item()
