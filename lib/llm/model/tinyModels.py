"""Writes what Hugging Face's models answer, for transformersParity.test.ts: `python tinyModels.py [seed] > tinyModels.json`.

The weights are a formula that the test knows as well, so that only configurations and answers are stored.
Made with transformers 5.24.0 and PyTorch 2.15.0.
"""

import json
import sys

import numpy
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, MistralConfig, Qwen2Config

SMALL = dict(
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    vocab_size=19,
    max_position_embeddings=64,
    bos_token_id=1,
    eos_token_id=2,
    attn_implementation="eager",
)
LLAMA3 = dict(
    rope_type="llama3",
    rope_theta=10.0,
    factor=8.0,
    low_freq_factor=1.0,
    high_freq_factor=4.0,
    original_max_position_embeddings=32,
)
CASES = {
    "llama, tied": LlamaConfig(**SMALL, tie_word_embeddings=True, rms_norm_eps=1e-5),
    "llama 3.1, heads wider than their share": LlamaConfig(
        **SMALL, head_dim=8, rope_parameters=LLAMA3, rms_norm_eps=1e-5
    ),
    "llama, linear scaling": LlamaConfig(
        **SMALL, rope_parameters=dict(rope_type="linear", rope_theta=100.0, factor=4.0)
    ),
    "mistral": MistralConfig(**{**SMALL, "num_key_value_heads": 1}, sliding_window=None),
    "qwen2": Qwen2Config(**SMALL, tie_word_embeddings=True, rms_norm_eps=1e-6),
}
# What of a configuration the test reads.
KEYS = (
    "model_type hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads head_dim "
    "vocab_size max_position_embeddings tie_word_embeddings rms_norm_eps rope_parameters hidden_act attention_bias "
    "mlp_bias sliding_window use_sliding_window"
).split()


def numbers(shape, index):
    """Numbers in [-1, 1) that look random, another list for each index."""
    i = numpy.arange(1, numpy.prod(shape) + 1, dtype=numpy.float64)
    wave = numpy.sin(i * 12.9898 + index * 78.233) * 43758.5453
    return (2 * (wave - numpy.floor(wave)) - 1).reshape(shape)


def fill(model):
    names = sorted(name for name, _ in model.named_parameters())
    with torch.no_grad():
        for index, name in enumerate(names):
            parameter = model.get_parameter(name)
            shape = tuple(parameter.shape)
            values = numbers(shape, index)
            if "norm" in name:
                values = 1 + 0.5 * values
            elif name.endswith("bias"):
                values = 0.5 * values
            else:
                values = values * 2 / numpy.sqrt(shape[1])
            parameter.copy_(torch.tensor(values, dtype=torch.float32))
    return names


def rounded(x):
    return numpy.round(x.numpy().astype(float), 6).tolist()


def answers(config, seed):
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    names = fill(model)
    generator = numpy.random.default_rng(seed)
    tokens = generator.integers(0, config.vocab_size, size=(2, 9))
    with torch.no_grad():
        out = model(torch.tensor(tokens), output_hidden_states=True, output_attentions=True)
    known = config.to_dict()
    return {
        "config": {key: known[key] for key in KEYS if known.get(key) is not None},
        "names": names,
        "tokens": tokens.tolist(),
        "logits": rounded(out.logits),
        # Of the second layer.
        "residPre": rounded(out.hidden_states[1]),
        "pattern": rounded(out.attentions[1]),
    }


seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
cases = {name: answers(config, seed) for name, config in CASES.items()}
json.dump(cases, sys.stdout)
print()
