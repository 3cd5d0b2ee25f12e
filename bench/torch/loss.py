"""A model's loss and gradients at given parameters, to hold against ours: `loss.py <benchmark> <variant>`; see torchParity.test.ts.

The input is `{"parameters", "inputs", "targets"}`: the parameters by their path in our tree, the inputs that the model takes. The
output is `{"loss", "gradientNorms"}`, without dropout. A benchmark's own `loss(model, inputs, targets)` goes before that of next items.
"""

import importlib
import json
import re
import sys

import torch
from torch import nn


def counterpart(model, path):
    """The parameter of that path, as a view of our shape."""
    parent, _, leaf = re.sub("[A-Z]", lambda match: "_" + match[0].lower(), path).rpartition(".")
    module = model.get_submodule(parent)
    parameter = module.get_parameter({"table": "weight", "gain": "weight"}.get(leaf, leaf))
    if isinstance(module, (nn.Linear, nn.Conv1d)) and leaf == "weight":
        return parameter, lambda tensor: tensor.flatten(1).T
    return parameter, lambda tensor: tensor


def next_item_loss(model, inputs, targets):
    return nn.functional.cross_entropy(model(*inputs) @ model.items.weight.T, targets)


def main():
    benchmark, variant = sys.argv[1:3]
    request = json.load(sys.stdin)
    module = importlib.import_module(benchmark)
    model = module.build(variant).eval()
    pairs = {path: counterpart(model, path) for path in request["parameters"]}
    assert {id(parameter) for parameter, _ in pairs.values()} == {id(parameter) for parameter in model.parameters()}
    with torch.no_grad():
        for path, (parameter, ours) in pairs.items():
            ours(parameter).copy_(torch.tensor(request["parameters"][path]))
    inputs, targets = [torch.tensor(values) for values in request["inputs"]], torch.tensor(request["targets"])
    loss = getattr(module, "loss", next_item_loss)(model, inputs, targets)
    loss.backward()
    norms = {path: parameter.grad.norm().item() for path, (parameter, _) in pairs.items()}
    print(json.dumps({"loss": loss.item(), "gradientNorms": norms}))


if __name__ == "__main__":
    main()
