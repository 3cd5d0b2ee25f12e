"""Losses and gradients of TRL, to hold ours against: `trlLosses.py [seed]` writes cases as JSON; see trlParity.test.ts.

It wants `trl` (1.16.0 for the committed numbers) in an environment outside of the project. `trlLosses.json` is what seed 1 gives:

    python lib/rl/trlLosses.py 1 > lib/rl/trlLosses.json

What is called is TRL's own: `GRPOTrainer._compute_loss` and `DPOTrainer._compute_loss`, both with the log-probabilities and
entropies of its `add_fused_lm_head`, on trainers that have no more than these methods read. The "model" is a table of logits: its
backbone answers the table as hidden states, and its head is the identity. A trainer's advantages are no function that could be
called: here they are two lines around TRL's `nanstd`.
"""

import json
import sys
import warnings
from collections import defaultdict
from types import SimpleNamespace

import torch
import trl
from accelerate import Accelerator
from torch import nn
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.grpo_trainer import GRPOTrainer
from trl.trainer.utils import add_fused_lm_head, nanstd

GROUPS, GROUP, TOKENS, VOCABULARY = 2, 3, 4, 5
OUTPUTS = GROUPS * GROUP
PAIRS = 3

GRPO = [
    {"name": "sequence mean", "loss_type": "grpo"},
    {"name": "sequence mean, KL", "loss_type": "grpo", "beta": 0.04},
    {"name": "sequence mean, two bounds", "loss_type": "grpo", "epsilon_high": 0.28},
    {"name": "sequence mean, dual clip, KL", "loss_type": "grpo", "delta": 1.5, "beta": 0.1},
    {"name": "sequence mean, temperature", "loss_type": "grpo", "temperature": 0.7, "beta": 0.04},
    {"name": "token mean", "loss_type": "bnpo"},
    {"name": "token mean, KL, two bounds", "loss_type": "bnpo", "beta": 0.04, "epsilon_high": 0.28},
    {"name": "token mean as DAPO has it", "loss_type": "dapo", "epsilon_high": 0.28},
    {"name": "length mean, KL", "loss_type": "dr_grpo", "beta": 0.04},
    {"name": "one update", "loss_type": "grpo", "on_policy": True, "beta": 0.04},
]
DPO = [
    {"name": "DPO", "beta": 0.1, "loss_type": "sigmoid"},
    {"name": "DPO, larger beta", "beta": 0.5, "loss_type": "sigmoid"},
    # With one pair, which has nothing to be sorted, this is DPO with label smoothing.
    {"name": "DPO, label smoothing", "beta": 0.5, "loss_type": "aot_unpaired", "label_smoothing": 0.1},
]


class Table(nn.Module):
    """A language model whose logits are its parameters, [N, positions, V]."""

    base_model_prefix = "backbone"

    def __init__(self, logits, temperature=1.0):
        super().__init__()
        self.logits = nn.Parameter(logits.clone())
        self.head = nn.Linear(VOCABULARY, VOCABULARY, bias=False)
        self.head.weight = nn.Parameter(torch.eye(VOCABULARY), requires_grad=False)
        self.config = SimpleNamespace(get_text_config=lambda: SimpleNamespace())
        self.is_gradient_checkpointing = False
        fields = ("log_probs", "entropy", "mean_logits", "is_top1")
        add_fused_lm_head(self, temperature, outputs=fields)

    @property
    def base_model(self):
        return lambda input_ids, **_: SimpleNamespace(last_hidden_state=self.logits[: len(input_ids)])

    def get_output_embeddings(self):
        return self.head

    def forward(self):
        raise NotImplementedError


def trainer(kind, **members):
    made = kind.__new__(kind)
    shared = {"accelerator": Accelerator(cpu=True), "aux_loss_enabled": False, "_tp_size": 1, "_total_train_tokens": 0}
    for name, value in {**shared, "_metrics": {"train": defaultdict(list)}, **members}.items():
        setattr(made, name, value)
    return made


def with_prompt(tokens):
    """One token of prompt in front, whose logits are the first ones."""
    return torch.cat([torch.zeros_like(tokens[:, :1]), tokens], 1)


def table(logits, temperature=1.0):
    """[N, T, V]; the logits behind the last token are never read."""
    return Table(torch.cat([logits, torch.zeros_like(logits[:, :1])], 1), temperature)


def group_advantages(rewards):
    grouped = rewards.view(-1, GROUP)
    mean, deviation = grouped.mean(1, keepdim=True), nanstd(grouped, dim=1).unsqueeze(1)
    return ((grouped - mean) / (deviation + 1e-4)).flatten()


def log_probs(logits, tokens, temperature):
    """By the same head that the trainer's own pass uses."""
    ids = with_prompt(tokens)
    with torch.no_grad():
        return table(logits, temperature)(input_ids=ids, labels=ids, fused_lm_head=True).log_probs[:, -TOKENS:]


def grpo(case, logits, old, reference, tokens, mask, rewards):
    temperature, beta = case.get("temperature", 1.0), case.get("beta", 0.0)
    model = table(logits, temperature)
    made = trainer(
        GRPOTrainer,
        model=model,
        args=SimpleNamespace(delta=case.get("delta"), use_bias_correction_kl=False, steps_per_generation=1),
        loss_type=case["loss_type"],
        beta=beta,
        epsilon_low=0.2,
        epsilon_high=case.get("epsilon_high", 0.2),
        top_entropy_quantile=1.0,
        off_policy_mask_threshold=None,
        importance_sampling_level="token",
        use_vllm=False,
        current_gradient_accumulation_steps=1,
        max_completion_length=TOKENS,
        _entropy_bonus_enabled=False,
    )
    inputs = {
        "prompt_ids": torch.zeros(OUTPUTS, 1, dtype=torch.long),
        "prompt_mask": torch.ones(OUTPUTS, 1, dtype=torch.long),
        "completion_ids": tokens,
        "completion_mask": mask,
        "advantages": group_advantages(rewards),
        "num_items_in_batch": mask.sum(),
    }
    if not case.get("on_policy"):
        inputs["old_per_token_logps"] = log_probs(old, tokens, temperature)
    if beta > 0:
        inputs["ref_per_token_logps"] = log_probs(reference, tokens, temperature)
    loss = made._compute_loss(model, inputs)
    loss.backward()
    metrics = made._metrics["train"]
    return {
        "loss": loss.item(),
        "gradient": model.logits.grad[:, :-1].tolist(),
        "clipShare": metrics["clip_ratio/region_mean"][0],
        "entropy": metrics["entropy"][0],
        **({"kl": metrics["kl"][0]} if beta > 0 else {}),
    }


def dpo(case, logits, reference, tokens, mask):
    """Of 2 N sequences the chosen ones come first. The mean of single pairs, so that losses which sort a batch have nothing to sort."""
    losses, gradient, margins = [], torch.zeros_like(logits), []
    for pair in range(PAIRS):
        rows = [pair, PAIRS + pair]
        model = table(logits[rows])
        made = trainer(
            DPOTrainer,
            model=model,
            ref_model=table(reference[rows]),
            args=SimpleNamespace(gradient_checkpointing_kwargs=None),
            beta=case["beta"],
            loss_types=[case["loss_type"]],
            loss_weights=[1.0],
            label_smoothing=case.get("label_smoothing", 0.0),
            f_divergence_type="reverse_kl",
            ld_alpha=None,
            precompute_ref_logps=False,
            use_weighting=False,
        )
        own = torch.cat([torch.zeros(2, 1, dtype=torch.long), mask[rows]], 1)
        inputs = {"input_ids": with_prompt(tokens[rows]), "attention_mask": torch.ones_like(own), "completion_mask": own}
        loss = made._compute_loss(model, inputs, False)
        loss.backward()
        losses.append(loss.item())
        gradient[rows] = model.logits.grad[:, :-1] / PAIRS
        margins.append(made._metrics["train"]["rewards/margins"][0])
    return {"losses": losses, "gradient": gradient.tolist(), "margins": margins}


def main():
    warnings.filterwarnings("ignore")
    torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    logits = torch.randn(OUTPUTS, TOKENS, VOCABULARY)
    old, reference = (logits + 0.5 * torch.randn_like(logits) for _ in range(2))
    tokens = torch.randint(0, VOCABULARY, (OUTPUTS, TOKENS))
    mask = (torch.arange(TOKENS) < torch.randint(1, TOKENS + 1, (OUTPUTS, 1))).long()
    mask[0] = 1
    rewards = torch.randn(OUTPUTS).round(decimals=2)
    shared = {"logits": logits, "old": old, "reference": reference, "tokens": tokens, "mask": mask, "rewards": rewards}
    answer = {
        "trl": trl.__version__,
        "groupSize": GROUP,
        **{name: values.tolist() for name, values in shared.items()},
        "advantages": group_advantages(rewards).tolist(),
        "grpo": [{**case, **grpo(case, logits, old, reference, tokens, mask, rewards)} for case in GRPO],
        "dpo": [{**case, **dpo(case, logits, reference, tokens, mask)} for case in DPO],
    }
    # Float32 has no more than nine digits.
    print(json.dumps(json.loads(json.dumps(answer), parse_float=lambda text: float(f"{float(text):.9g}"))))


if __name__ == "__main__":
    main()
