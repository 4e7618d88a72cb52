"""Trains the network with a recipe of feathergrad: torchrun --nproc_per_node 8 train.py --data ferplus --recipe recipe.json"""
import argparse
import json
import os
import random

import numpy
import torch
import torch.distributed as dist
from torch.utils.data import DataLoader, DistributedSampler, Subset

import weights
from images import open_images
from loss import Loss, class_weights
from network import FerMobileNetV3
from recipe import read_recipe
from training import MEAN, STD, Trainer, learning_rate


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of FER+ tables, or with one subfolder of images per class")
    parser.add_argument("--recipe", required=True, help="JSON that `feathergrad recipe --json` writes")
    parser.add_argument("--init", help="initial weights, .safetensors or .pth")
    parser.add_argument("--out", default="weights.safetensors", help="weights to write, .safetensors or .pth")
    parser.add_argument("--workers", type=int, default=4, help="processes that read images, per GPU")
    return parser.parse_args()


def start():
    """Joins the processes of torchrun; returns rank, their number and the device of this one."""
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if torch.cuda.is_available() else torch.device("cpu")
    if world > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return rank, world, device


def wrap(network, world, device):
    if world == 1:
        return network.to(device)
    return torch.nn.parallel.DistributedDataParallel(network.to(device), broadcast_buffers=False)


def main():
    args, (rank, world, device) = arguments(), start()
    recipe = read_recipe(args.recipe)
    batch = recipe["batch"]
    if batch % (world * recipe["accumulate"]) or batch // (world * recipe["accumulate"]) < 2:
        raise ValueError(f"a batch of {batch} cannot be divided by {world} processes x accumulate {recipe['accumulate']} into equal parts of at least 2 images. Change the batch.")
    train, valid = open_images(args.data, recipe)
    if len(train) < batch:
        raise ValueError(f"{len(train)} training images do not fill one batch of {batch}. Set --batch to less.")
    torch.manual_seed(recipe["seed"])  # the same initial weights in every process
    network = FerMobileNetV3(len(train.classes), recipe["variant"], recipe["dropout"], recipe["bnMomentum"],
                             recipe["zeroInitResidual"])
    if args.init:
        weights.load(network, args.init)
    loss = Loss(recipe, len(train.classes), network.embedding_width,
                class_weights(train.labels, len(train.classes), recipe["balance"]), device)
    trainer = Trainer(wrap(network, world, device), loss, recipe)
    for seeded in (torch.manual_seed, numpy.random.seed, random.seed):  # other transforms in each process
        seeded(recipe["seed"] + 7919 * rank)
    sampler = DistributedSampler(train, world, rank, seed=recipe["seed"], drop_last=True)
    loader = DataLoader(train, batch // world, sampler=sampler, drop_last=True, num_workers=args.workers)
    checks = valid and DataLoader(Subset(valid, range(rank, len(valid), world)), batch, num_workers=args.workers)
    plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(trainer.optimizer)
    best, best_epoch, step, steps = -1.0, 0, 0, len(loader) * recipe["epochs"]
    metadata = {
        "model": "FerMobileNetV3", "variant": recipe["variant"], "classes": json.dumps(train.classes), "format": "pt",
        "input_side": str(recipe["side"]), "mean": json.dumps(MEAN), "std": json.dumps(STD),
        **({"color": "gray"} if train.color == "gray" else {}), **({"testTimeMirror": "true"} if recipe["mirror"] else {}),
    }
    for epoch in range(recipe["epochs"]):
        sampler.set_epoch(epoch)
        total = 0.0
        for images, targets, labels in loader:
            if recipe["schedule"] != "plateau":
                trainer.optimizer.param_groups[0]["lr"] = learning_rate(recipe, step, epoch, steps)
            images, targets, labels = images.to(device), targets.to(device), labels.to(device)
            total += trainer.step(*trainer.prepare(images, targets), labels, step)
            step += 1
        mean = total / len(loader)
        valid_loss, accuracy = trainer.validate(checks, device) if checks else (mean, 0.0)
        if recipe["schedule"] == "plateau":
            plateau.step(valid_loss)
        if not checks or accuracy > best:
            best, best_epoch = accuracy, epoch
            if rank == 0:
                weights.save(trainer.average.state_dict(), args.out, {**metadata, "epoch": str(epoch + 1)})
        if rank == 0:
            print(f"epoch {epoch + 1}/{recipe['epochs']}: loss {mean:.4f}"
                  + (f", validation loss {valid_loss:.4f}, accuracy {100 * accuracy:.2f} %" if checks else ""), flush=True)
        if checks and recipe["earlyStop"] > 0 and epoch - best_epoch >= recipe["earlyStop"]:
            break


if __name__ == "__main__":
    main()
