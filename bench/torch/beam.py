"""Beam search of T5 as a generative recommender; see workloads/beam.ts. It is Hugging Face's `generate` with its cache.

There is no end of a sequence: like ours, a search makes so many tokens, whatever they are.

Alone, it answers `{"parameters", "inputs", "beams"}`, parameters by their path in our tree, with the `{"tokens", "scores"}` that the
search finds for each row, best first; see beamParity.test.ts. The library's scores are means over the tokens, these are sums.
"""

import json
import sys

import torch

import t5
from loss import counterpart

USERS, BEAMS = 64, 50


def search(model, inputs, beams):
    with torch.no_grad():
        return model.generate(
            input_ids=inputs,
            attention_mask=inputs.ne(0),
            num_beams=beams,
            num_return_sequences=beams,
            max_new_tokens=t5.DIGITS,
            eos_token_id=None,
            pad_token_id=0,
            do_sample=False,
            use_cache=True,
            early_stopping=False,
            return_dict_in_generate=True,
            output_scores=True,
        )


def create(size, variant):
    model = t5.build("fused attention").eval().model
    inputs = t5.random_inputs()[:USERS]
    return lambda: search(model, inputs, BEAMS).sequences


def main():
    request = json.load(sys.stdin)
    named = t5.build("fused attention").eval()
    with torch.no_grad():
        for path, values in request["parameters"].items():
            parameter, ours = counterpart(named, path)
            ours(parameter).copy_(torch.tensor(values))
    rows, beams = len(request["inputs"]), request["beams"]
    found = search(named.model, torch.tensor(request["inputs"]), beams)
    tokens = found.sequences[:, 1:].view(rows, beams, -1)  # without the start token
    scores = found.sequences_scores.view(rows, beams) * tokens.shape[-1]
    print(json.dumps({"tokens": tokens.tolist(), "scores": scores.tolist()}))


if __name__ == "__main__":
    main()
