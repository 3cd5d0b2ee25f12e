"""Writes what the logits processors of Hugging Face's transformers make of some logits: `python logitsProcessors.py [SEED] > logitsProcessors.json`.

Made with transformers 5.24.0 and PyTorch 2.15.0. The processors are those that `generate` itself puts together, in its order.
"""

import json
import sys

import torch
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM
from transformers.generation import LogitsProcessorList

VOCABULARY = 40
CASES = [
    {"repetition_penalty": 1.3},
    {"repetition_penalty": 0.8},
    {"temperature": 0.6},
    {"top_k": 7},
    {"top_k": 100},
    {"top_p": 0.8},
    {"top_p": 0.05},
    {"min_p": 0.1},
    {"temperature": 1.7, "top_p": 0.9},
    {"temperature": 0.5, "top_k": 12, "top_p": 0.7},
    {"repetition_penalty": 1.5, "temperature": 0.8, "top_k": 20, "top_p": 0.9, "min_p": 0.05},
    {"repetition_penalty": 2.0, "top_p": 0.6, "min_p": 0.3},
]

generator = torch.Generator().manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
model = LlamaForCausalLM(
    LlamaConfig(vocab_size=VOCABULARY, hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1)
)
results = []
for case in CASES:
    logits = (3 * torch.randn(2, VOCABULARY, generator=generator)).round(decimals=4)
    ids = torch.randint(0, VOCABULARY, (2, 9), generator=generator)
    options = {"top_k": 0, **case}  # transformers cuts at 50 unless it is told not to
    config = GenerationConfig(do_sample=True, pad_token_id=0, **options)
    processors = model._get_logits_processor(
        generation_config=config, input_ids_seq_length=ids.shape[1], logits_processor=LogitsProcessorList()
    )
    scores = processors(ids, logits)
    rows = [[None if value == float("-inf") else round(value, 5) for value in row] for row in scores.tolist()]
    results.append({"options": case, "ids": ids.tolist(), "logits": [[round(v, 4) for v in r] for r in logits.tolist()], "scores": rows})
json.dump(results, sys.stdout)
print()
