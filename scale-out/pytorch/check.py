"""Prints logits of the first batch, losses of some steps and a hash of the names, to compare with feathergrad's (tests/node/scale-out.test.ts).

torchrun --nproc_per_node 2 check.py <folder> ...; each folder has recipe.json, weights.safetensors and batches.safetensors
(images: bytes [N, 3, side, side]; labels; targets if the labels are distributions), whose rows are used in this order.
"""
import hashlib
import json
import sys
from pathlib import Path

import torch

import weights
from loss import Loss, class_weights
from network import FerMobileNetV3
from recipe import read_recipe
from train import start, wrap
from training import Trainer, learning_rate, normalized


def check(folder, rank, world, device):
    recipe = read_recipe(folder / "recipe.json")
    data = weights.read_safetensors(folder / "batches.safetensors")[0]
    labels = data["labels"].long()
    targets = data.get("targets", labels)
    state = weights.read_safetensors(folder / "weights.safetensors")[0]
    classes = len(state[[name for name in state if name.startswith("classifier")][-1]])
    network = FerMobileNetV3(classes, recipe["variant"], recipe["dropout"], recipe["bnMomentum"])
    weights.load(network, folder / "weights.safetensors")
    batch = recipe["batch"]
    with torch.no_grad():
        logits = network.eval()(normalized(data["images"][:batch]))[0].tolist()
    balance = class_weights(labels, classes, recipe["balance"])
    trainer = Trainer(wrap(network, world, device), Loss(recipe, classes, network.embedding_width, balance, device), recipe)
    losses, steps = [], len(labels) // batch
    for step in range(steps):
        trainer.optimizer.param_groups[0]["lr"] = learning_rate(recipe, step, 0, steps)
        own = slice(step * batch + rank * batch // world, step * batch + (rank + 1) * batch // world)
        part = normalized(data["images"][own]), targets[own], labels[own]
        losses.append(trainer.step(*(tensor.to(device) for tensor in part), step))
    names = ",".join(sorted(name for name in network.state_dict() if not name.endswith("num_batches_tracked")))
    return {"logits": logits, "losses": losses, "names": hashlib.sha256(names.encode()).hexdigest()}


if __name__ == "__main__":
    rank, world, device = start()
    results = [check(Path(folder), rank, world, device) for folder in sys.argv[1:]]
    if rank == 0:
        print(json.dumps(results))
