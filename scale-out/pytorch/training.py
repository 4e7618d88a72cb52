"""One training step, learning-rate schedules, weight average and validation."""
import copy
import math
from contextlib import nullcontext

import numpy
import torch
import torch.distributed as dist
from torch.nn import functional as F

from augment import augment, erase
from loss import gathered

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def normalized(images):
    """Bytes or values in 0..1 [N, 3, S, S] to ImageNet-normalized values."""
    values = images.float() / 255 if images.dtype == torch.uint8 else images
    return (values - values.new_tensor(MEAN).view(3, 1, 1)) / values.new_tensor(STD).view(3, 1, 1)


def make_optimizer(network, recipe):
    rate, decay = recipe["learningRate"], recipe["weightDecay"]
    if recipe["optimizer"] == "sgd":
        return torch.optim.SGD(network.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=decay)
    if recipe["optimizer"] == "rmsprop":
        return torch.optim.RMSprop(network.parameters(), rate, momentum=0.9, weight_decay=decay)
    kind = torch.optim.AdamW if recipe["optimizer"] == "adamw" else torch.optim.Adam
    return kind(network.parameters(), rate, weight_decay=decay)


def learning_rate(recipe, step, epoch, total_steps):
    """The rate of a step, counted from 0; the plateau schedule changes the optimizer's rate itself."""
    rate, warmup = recipe["learningRate"], recipe["warmupSteps"]
    if recipe["schedule"] == "step":
        return rate * 0.1 ** (epoch // recipe["stepSize"])
    if recipe["schedule"] == "cosine":
        if step < warmup:
            return rate * (step + 1) / warmup
        return rate * 0.5 * (1 + math.cos(math.pi * min(1, (step - warmup) / max(1, total_steps - warmup))))
    if recipe["schedule"] == "onecycle":
        return one_cycle(rate, step, total_steps)
    return rate


def one_cycle(highest, step, total_steps):
    """As torch's OneCycleLR with its defaults, without a change of momentum."""
    first, turn, end = highest / 25, 0.3 * total_steps - 1, total_steps - 1
    if step < turn:
        start, goal, share = first, highest, step / turn
    else:
        start, goal, share = highest, first / 1e4, (step - turn) / (end - turn)
    return goal + (start - goal) / 2 * (1 + math.cos(math.pi * share))


class Trainer:
    """`network` may be wrapped in DistributedDataParallel; each process passes its part of a batch to `step`."""

    def __init__(self, network, loss, recipe):
        self.network, self.loss, self.recipe = network, loss, recipe
        self.bare = getattr(network, "module", network)
        self.optimizer = make_optimizer(self.bare, recipe)
        self.average = copy.deepcopy(self.bare) if recipe["ema"] > 0 else self.bare

    def step(self, images, targets, labels, number):
        """Trains on normalized images; returns the loss, the mean over all processes. `number` counts from 0."""
        self.network.train()
        self.loss.begin(gathered(labels))
        parts = self.recipe["accumulate"]
        losses, features = [], []
        for i, part in enumerate(zip(images.chunk(parts), targets.chunk(parts), labels.chunk(parts))):
            is_last = i == parts - 1
            with nullcontext() if is_last or self.network is self.bare else self.network.no_sync():
                logits, embedding = self.network(part[0])
                loss = self.loss(logits, embedding, part[1], part[2]) / parts
                loss.backward()
            losses.append(loss.detach())
            features.append(self.loss.features(logits, embedding).detach())
        self.loss.update(torch.cat(features), labels)
        if self.recipe["clipNorm"] > 0:
            torch.nn.utils.clip_grad_norm_(self.bare.parameters(), self.recipe["clipNorm"])
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.update_average(number)
        return gathered(torch.stack(losses).sum()[None]).mean().item()

    @torch.no_grad()
    def update_average(self, number):
        if self.average is self.bare:
            return
        rate = 1 - min(self.recipe["ema"], (1 + number) / (10 + number))
        now = self.bare.state_dict()
        for name, value in self.average.state_dict().items():
            value.lerp_(now[name], rate) if value.is_floating_point() else value.copy_(now[name])

    def prepare(self, images, targets):
        """Augments and normalizes bytes; blends neighbors if the recipe has mixup."""
        recipe = self.recipe
        images = erase(normalized(augment(images.float() / 255, recipe["transforms"])), recipe["transforms"])
        if recipe["mixup"] == 0:
            return images, targets
        share = torch.from_numpy(numpy.random.beta(recipe["mixup"], recipe["mixup"], len(images))).float()
        share = share.maximum(1 - share).to(images.device)
        neighbor = torch.arange(len(images)) ^ 1
        if targets.dim() == 1:
            targets = F.one_hot(targets, len(self.loss.centers)).float()
        mix = lambda x: x.lerp(x[neighbor], (1 - share).view(-1, *[1] * (x.dim() - 1)))
        return mix(images), mix(targets)

    @torch.no_grad()
    def validate(self, loader, device):
        """Returns loss and accuracy over the images of all processes, with the averaged weights."""
        network = self.average.eval()
        for buffer in network.buffers() if dist.is_initialized() else []:
            if buffer.is_floating_point():  # each process has seen other images
                dist.all_reduce(buffer)
                buffer /= dist.get_world_size()
        sums = torch.zeros(3, device=device)
        for images, _, labels in loader:
            images, labels = normalized(images.to(device)), labels.to(device)
            shares = network(images)[0].softmax(1)
            if self.recipe["mirror"]:
                shares = (shares + network(images.flip(3))[0].softmax(1)) / 2
            losses = F.nll_loss(shares.log(), labels, reduction="sum")
            correct = (shares.argmax(1) == labels).sum()
            sums += torch.stack((losses, correct, torch.tensor(len(labels), device=device))).float()
        if dist.is_initialized():
            dist.all_reduce(sums)
        return (sums[0] / sums[2]).item(), (sums[1] / sums[2]).item()
