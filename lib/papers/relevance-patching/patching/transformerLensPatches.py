"""Patches activations with TransformerLens: reads a request as JSON, writes differences of logits; transformerLensTesting.ts makes the request.

Weights are loaded without any processing. Made with TransformerLens 3.9.0, transformers 5.24.0 and PyTorch 2.15.0.
"""

import json
import os
import sys

import numpy
import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig
from transformer_lens.pretrained.weight_conversions.llama import convert_llama_weights
from transformer_lens.utils import get_act_name
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

SCORES = ("attn_scores", "pattern")


def llama_of(request):
    if "gguf" in request:
        folder, file = os.path.split(request["gguf"])
        return AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
    llama = LlamaForCausalLM(LlamaConfig(**request["config"]))
    weights = {
        name: torch.tensor(weight["values"]).reshape(weight["shape"])
        for name, weight in request["weights"].items()
    }
    llama.load_state_dict(weights)
    return llama


def hooked(llama, length):
    known = llama.config
    config = HookedTransformerConfig(
        n_layers=known.num_hidden_layers,
        d_model=known.hidden_size,
        d_head=known.head_dim,
        n_heads=known.num_attention_heads,
        n_key_value_heads=known.num_key_value_heads,
        d_mlp=known.intermediate_size,
        d_vocab=known.vocab_size,
        n_ctx=length,
        act_fn="silu",
        eps=known.rms_norm_eps,
        normalization_type="RMS",
        final_rms=True,
        gated_mlp=True,
        positional_embedding_type="rotary",
        rotary_dim=known.head_dim,
        rotary_base=known.rope_parameters["rope_theta"],
        rotary_adjacent_pairs=False,
        dtype=torch.float32,
        device="cpu",
        seed=0,
    )
    model = HookedTransformer(config, move_to_device=False)
    # Buffers, as masks and rotary tables, are the model's own; weights must all be there.
    rest = model.load_state_dict(convert_llama_weights(llama, config), strict=False)
    assert not rest.unexpected_keys, rest.unexpected_keys
    missing = {name for name, _ in model.named_parameters()} & set(rest.missing_keys)
    assert not missing, missing
    return model.eval()


def setter(site, value, keys_of):
    """A hook that overwrites the site with its rows of `value`: an outer product of its indices."""
    positions = site["positions"]

    def hook(activation, hook):
        changed = activation.clone()
        if site["hook"] in SCORES:
            heads = [site["head"]] if "head" in site else list(range(activation.shape[1]))
            block = numpy.ix_([0], heads, positions, site.get("sources", list(range(activation.shape[3]))))
        elif "head" in site:
            block = numpy.ix_([0], positions, [keys_of(site["hook"], site["head"])])
        else:
            block = numpy.ix_([0], positions)
        changed[block] = value[block]
        return changed

    return hook


def answers(request):
    clean, corrupted = (torch.tensor([request[which]]) for which in ("clean", "corrupted"))
    model = hooked(llama_of(request), clean.shape[1])
    shared = model.cfg.n_heads // model.cfg.n_key_value_heads

    def keys_of(hook, head):
        return head // shared if hook in ("k", "v") else head

    def difference(logits):
        return (logits[0, -1, request["yes"]] - logits[0, -1, request["no"]]).item()

    names = {get_act_name(site["hook"], site["layer"]) for site in request["sites"]}
    with torch.inference_mode():
        logits, cache = model.run_with_cache(clean, names_filter=lambda name: name in names)
        of_clean, of_corrupted = difference(logits), difference(model(corrupted))
        patched = []
        for site in request["sites"]:
            name = get_act_name(site["hook"], site["layer"])
            hooks = [(name, setter(site, cache[name], keys_of))]
            patched.append(difference(model.run_with_hooks(corrupted, fwd_hooks=hooks)))
    return {"clean": of_clean, "corrupted": of_corrupted, "patched": patched}


json.dump(answers(json.load(sys.stdin)), sys.stdout)
print()
