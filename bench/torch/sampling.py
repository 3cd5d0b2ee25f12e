"""Sampling from T5 as a generative recommender; see workloads/sampling.ts. It is Hugging Face's `generate` with its cache.

There is no end of a sequence, and nothing is cut from the distribution (no top-k, no top-p): like ours, a sample has so many tokens,
whatever they are. "with log-probabilities" also answers those of the tokens, as ours always does, by the library's own
`compute_transition_scores`. The library repeats the encoder's states for each sample; ours share them.

Alone, it answers `{"parameters", "inputs"}`, parameters by their path in our tree, with the `{"tokens", "logProbs"}` that the library
samples for each row; see samplingParity.test.ts.
"""

import json
import sys

import torch

import t5
from loss import counterpart

PROMPTS, SAMPLES, STEPS = 64, 8, 10


def sample(model, inputs, scored):
    with torch.no_grad():
        made = model.generate(
            input_ids=inputs,
            attention_mask=inputs.ne(0),
            do_sample=True,
            num_return_sequences=SAMPLES,
            max_new_tokens=STEPS,
            min_new_tokens=STEPS,
            temperature=1.0,
            top_k=0,
            top_p=1.0,
            eos_token_id=None,
            pad_token_id=0,
            use_cache=True,
            return_dict_in_generate=True,
            output_scores=scored,
        )
        if not scored:
            return made.sequences
        return made.sequences, model.compute_transition_scores(made.sequences, made.scores, normalize_logits=True)


def create(size, variant):
    model = t5.build("fused attention").eval().model
    inputs = t5.random_inputs()[:PROMPTS]
    assert sample(model, inputs[:1], False).shape == (SAMPLES, 1 + STEPS)
    return lambda: sample(model, inputs, variant == "with log-probabilities")


def main():
    request = json.load(sys.stdin)
    named = t5.build("fused attention").eval()
    with torch.no_grad():
        for path, values in request["parameters"].items():
            parameter, ours = counterpart(named, path)
            ours(parameter).copy_(torch.tensor(values))
    torch.manual_seed(1)
    sequences, scores = sample(named.model, torch.tensor(request["inputs"]), True)
    shape = (len(request["inputs"]), SAMPLES, STEPS)
    tokens = sequences[:, 1:].view(shape)  # without the start token
    print(json.dumps({"tokens": tokens.tolist(), "logProbs": scores.view(shape).tolist()}))


if __name__ == "__main__":
    main()
