"""RecBole's SASRec, GRU4Rec, NARM, Caser and BERT4Rec on MovieLens-100K under the protocol that `lib/recsys` uses.

The result is one JSON file a seed: the rank of every test target, epochs, seconds an epoch, mean NDCG@10.
`bench/recbole/compare.ts` reads these files and compares them with our own runs.

RecBole is a peer, no part of this project: install it outside of the project's folder.

    python3 -m venv ~/peers && ~/peers/bin/pip install "torch==2.15.0" "recbole==1.2.1" "numpy==1.26.4" pandas scipy ray==2.6.3 "setuptools<85"
    ~/peers/bin/python bench/recbole/measure.py --data data/cache/ml-100k/ml-100k.inter --model SASRec --seeds 2020,2021,2022 --out ~/recbole-results
    ~/peers/bin/python bench/recbole/measure.py --data data/cache/ml-100k/ml-100k.inter --model GRU4Rec --seeds 2020,2021,2022 --out ~/recbole-results

Protocol: rating >= 3, iterative 10-core over users and items, time order with ties broken by file line, leave-one-out,
every prefix a training sample, full ranking over all items, ties against the target. Unless told otherwise a window of 50,
batches of 2,048, learning rate 0.001, and an early stop when the validation NDCG@10 has not become better for more than 10
epochs (six decimals: at RecBole's default of four a tie would count as better). `--keep last` trains `--epochs` epochs
without an early stop and tests the last. Where RecBole takes a minute or more an epoch, a shorter protocol is as fair a
test, for it is the same on both sides:

    ... --model NARM --window 10 --batch 512 --learning-rate 0.003 --epochs 6 --keep last

`--timing N` trains N epochs only and reports their seconds (no ranks).

RecBole 1.2.1 has four traps, each dealt with below:
- it keeps timestamps as float32, whose step near 9e8 is 64 seconds: the order inside a session would be scrambled. The
  copy of the data that it reads here is sorted, and holds the row's place in time order instead of the timestamp;
- the data set name `ml-100k` makes it ignore `data_path`: the copy has another name;
- importing the package turns PyTorch's anomaly detection on (sine.py), which doubles the time of a step: it is turned off;
- it reads its checkpoint back with `torch.load`'s old default, which would now refuse it.
"""

import argparse
import json
import math
import os
import pathlib
import sys
import tempfile
import time
import warnings

PREPARED = "reprise-ml100k"
MODELS = {
    "SASRec": {
        "n_layers": 2, "n_heads": 2, "hidden_size": 64, "inner_size": 256, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.5, "attn_dropout_prob": 0.5, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
    },
    "GRU4Rec": {"embedding_size": 64, "hidden_size": 64, "num_layers": 1, "dropout_prob": 0.3},
    "NARM": {"embedding_size": 64, "hidden_size": 128, "n_layers": 1, "dropout_probs": [0.25, 0.5]},
    "Caser": {"embedding_size": 64, "nv": 4, "nh": 8, "dropout_prob": 0.4, "reg_weight": 1e-4},
    "BERT4Rec": {
        "n_layers": 2, "n_heads": 2, "hidden_size": 64, "inner_size": 256, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.2, "attn_dropout_prob": 0.2, "layer_norm_eps": 1e-12, "initializer_range": 0.02,
        "transform": "mask_itemseq", "mask_ratio": 0.2, "ft_ratio": 0.5,
    },
}


def prepare(source, folder):
    """Writes the sorted copy: same rows, ordered by (timestamp, line), timestamp replaced by the place in that order.

    Returns (user, item) of the rows with rating >= 3 in that order, to check RecBole's split against.
    """
    header, *lines = pathlib.Path(source).read_text().splitlines()
    fields = [name.split(":")[0] for name in header.split("\t")]
    if fields != ["user_id", "item_id", "rating", "timestamp"]:
        sys.exit(f"{source}: expected the columns user_id, item_id, rating, timestamp; found {fields}")
    rows = [line.split("\t") for line in lines if line]
    rows.sort(key=lambda row: int(row[3]))  # Python's sort is stable: equal times keep the order of the file
    if len(rows) >= 2**24:
        sys.exit(f"{source}: {len(rows)} rows, more than float32 can number")
    target = pathlib.Path(folder, PREPARED)
    target.mkdir(parents=True, exist_ok=True)
    in_order = [(user, item) for user, item, rating, _ in rows if float(rating) >= 3]
    body = (f"{user}\t{item}\t{rating}\t{place}" for place, (user, item, rating, _) in enumerate(rows))
    (target / f"{PREPARED}.inter").write_text("\n".join([header, *body]) + "\n")
    return in_order


def protocol_of(arguments):
    """What both sides must have in common, under the names that `measurement.ts` has for it."""
    return {
        "window": arguments.window, "batch": arguments.batch, "learningRate": arguments.learning_rate,
        "epochs": arguments.timing or arguments.epochs, "keep": arguments.keep,
    }


def configuration(model, seed, folder, protocol):
    """RecBole's settings for the protocol; whatever is not named here keeps its default."""
    return {
        **MODELS[model],
        "data_path": str(folder), "checkpoint_dir": str(pathlib.Path(folder, "saved")),
        "load_col": {"inter": ["user_id", "item_id", "rating", "timestamp"]},
        "val_interval": {"rating": "[3,inf)"},
        "user_inter_num_interval": "[10,inf)", "item_inter_num_interval": "[10,inf)",
        "MAX_ITEM_LIST_LENGTH": protocol["window"], "loss_type": "CE", "train_neg_sample_args": None,
        "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "group_by": "user", "mode": "full"},
        "metrics": ["Recall", "MRR", "NDCG"], "topk": [10], "valid_metric": "NDCG@10", "metric_decimal_place": 6,
        "learner": "adam", "learning_rate": protocol["learningRate"], "train_batch_size": protocol["batch"], "eval_batch_size": 1024,
        "epochs": protocol["epochs"], "stopping_step": 10 if protocol["keep"] == "best" else protocol["epochs"],
        "weight_decay": 0.0, "clip_grad_norm": None, "use_gpu": False, "gpu_id": "", "show_progress": False,
        "seed": seed, "reproducibility": True, "state": "WARNING",
    }


def check_split(dataset, test_data, in_order):
    """Stops unless every test target is the last item of its user in time order: the traps above would show here."""
    items = set(dataset.field2token_id["item_id"])
    last = {user: item for user, item in in_order if item in items}
    wrong = 0
    for interaction, _, _, targets in test_data:
        users = dataset.id2token("user_id", interaction["user_id"].numpy())
        tokens = dataset.id2token("item_id", targets.numpy())
        wrong += sum(last[user] != token for user, token in zip(users, tokens))
    if wrong:
        sys.exit(f"{wrong} test targets are not the last item of their user: RecBole did not keep the time order")


def test_ranks(model, test_data, dataset, torch):
    """User token -> rank of the test target among all items; the pad column is left out, ties count against the target."""
    ranks = {}
    model.eval()
    with torch.no_grad():
        for interaction, _, _, targets in test_data:
            scores = model.full_sort_predict(interaction).view(len(interaction), -1)
            scores[:, 0] = -math.inf
            wanted = scores.gather(1, targets.view(-1, 1))
            place = (scores >= wanted).sum(dim=1)
            users = dataset.id2token("user_id", interaction["user_id"].numpy())
            ranks.update(zip(map(str, users), map(int, place)))
    return ranks


def measure(arguments, seed, folder, in_order):
    """Trains one seed to its early stop (or for `--timing` epochs) and returns what is written to the JSON file."""
    import torch
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer, init_seed

    torch.autograd.set_detect_anomaly(False)
    torch.set_num_threads(arguments.threads)
    protocol = protocol_of(arguments)
    config = Config(model=arguments.model, dataset=PREPARED, config_dict=configuration(arguments.model, seed, folder, protocol))
    init_seed(seed, True)
    dataset = create_dataset(config)
    train_data, valid_data, test_data = data_preparation(config, dataset)
    check_split(dataset, test_data, in_order)
    init_seed(seed, True)
    model = get_model(config["model"])(config, train_data._dataset)
    if arguments.pruned:
        from pruned import prune

        prune(model)
    torch.autograd.set_detect_anomaly(False)  # get_model imports the sequential models, and with them sine.py
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, model)

    seconds, valid = [], []
    train_epoch = trainer._train_epoch

    def timed(*parameters, **named):
        started = time.perf_counter()
        loss = train_epoch(*parameters, **named)
        seconds.append(time.perf_counter() - started)
        return loss

    def report(epoch, score):
        valid.append(score)
        print(f"{arguments.model} seed {seed} epoch {epoch} {seconds[-1]:.1f} s valid NDCG@10 {score:.4f}", file=sys.stderr, flush=True)

    trainer._train_epoch = timed
    trainer.fit(train_data, None if arguments.timing else valid_data, verbose=False, saved=protocol["keep"] == "best" and not arguments.timing, callback_fn=report)
    result = {
        "model": arguments.model, "seed": seed, "torch": torch.__version__, "threads": arguments.threads, "protocol": protocol, "pruned": arguments.pruned,
        "users": dataset.user_num - 1, "items": dataset.item_num - 1, "trainingPrefixes": len(train_data._dataset),
        "parameters": sum(p.numel() for p in model.parameters()),
        "epochs": len(seconds), "epochSeconds": seconds, "stepsPerEpoch": len(train_data), "validNdcg": valid,
    }
    if not arguments.timing:
        official = trainer.evaluate(test_data, load_best_model=protocol["keep"] == "best", show_progress=False)
        ranks = test_ranks(model, test_data, dataset, torch)
        gains = [1 / math.log2(rank + 1) if rank <= 10 else 0.0 for rank in ranks.values()]
        result |= {"testNdcg10": sum(gains) / len(gains), "recboleReports": {k: float(v) for k, v in official.items()}, "testRanks": ranks}
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="RecBole's atomic file ml-100k.inter")
    parser.add_argument("--model", required=True, choices=sorted(MODELS))
    parser.add_argument("--seeds", default="2020,2021,2022")
    parser.add_argument("--out", required=True, help="folder of the JSON files; a seed whose file is there is not repeated")
    parser.add_argument("--window", type=int, default=50, help="items of history")
    parser.add_argument("--batch", type=int, default=2048)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--epochs", type=int, default=300, help="most epochs")
    parser.add_argument("--keep", choices=["best", "last"], default="best", help="last: no early stop, weights of the last epoch")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--timing", type=int, default=0, metavar="EPOCHS", help="only time this many epochs")
    parser.add_argument("--pruned", action="store_true", help="SASRec without unread arithmetic, see pruned.py; not for times")
    arguments = parser.parse_args()
    if arguments.pruned and (arguments.model != "SASRec" or arguments.timing):
        parser.error("--pruned is for SASRec's accuracy only")
    warnings.simplefilter("ignore")
    import torch

    load = torch.load
    torch.load = lambda *parameters, **named: load(*parameters, **{"weights_only": False, **named})
    out = pathlib.Path(arguments.out).resolve()
    out.mkdir(parents=True, exist_ok=True)
    source = pathlib.Path(arguments.data).resolve()
    with tempfile.TemporaryDirectory(prefix="recbole-") as folder:
        in_order = prepare(source, folder)
        os.chdir(folder)  # RecBole leaves log and TensorBoard folders where it is started
        sys.argv = sys.argv[:1]  # and reads the command line on its own
        for seed in map(int, arguments.seeds.split(",")):
            name = f"{arguments.model}-{'timing-' if arguments.timing else ''}{seed}.json"
            if (out / name).exists():
                continue
            result = measure(arguments, seed, folder, in_order)
            (out / f".{name}").write_text(json.dumps(result))
            (out / f".{name}").replace(out / name)
            print(json.dumps({k: v for k, v in result.items() if k not in ("testRanks", "validNdcg", "epochSeconds")}), flush=True)


if __name__ == "__main__":
    main()
