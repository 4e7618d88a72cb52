"""Writes torch-checkpoints.ts: checkpoints as training scripts write them, by PyTorch itself (Debian: python3-torch).

Run: python3 tests/formats/torch-checkpoints.py > tests/formats/torch-checkpoints.ts
"""
import argparse
import base64
import collections
import enum
import functools
import io
import pathlib

import numpy as np
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ReLU())
        self.register_buffer("scratch", torch.ones(3), persistent=False)


class Helper:
    def __init__(self):
        self.rate, self.mean, self.tensor = 3, np.mean, torch.ones(2)


class Slots:
    __slots__ = ("x",)

    def __init__(self):
        self.x = [1, 2]


class Phase(enum.Enum):
    TRAIN = 1


class Named(collections.OrderedDict):
    pass


def numbered(module, start):
    for name, tensor in module.state_dict().items():
        if tensor.is_floating_point():
            tensor.copy_(torch.arange(start, start + tensor.numel()).view(tensor.shape))
            start += tensor.numel()
    return module


net = numbered(Net(), 0)
optimizer = torch.optim.Adam(net.parameters())
state = collections.OrderedDict((name, tensor.clone()) for name, tensor in net.state_dict().items())
for parameter in net.parameters():
    parameter.grad = torch.zeros_like(parameter)
optimizer.step()
base = torch.arange(24, dtype=torch.float32)
prefixed = lambda prefix: collections.OrderedDict((prefix + name, tensor) for name, tensor in state.items())
beside = dict(
    acc=np.float64(0.5), array=np.arange(3), args=argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/runs")),
    helper=Helper(), slots=Slots(), function=np.mean, partial=functools.partial(print, 1), phase={Phase.TRAIN: 1, (1, 2): 2},
    names={"a"}, raw=b"12", big=10**40, device=torch.device("cpu"), dtype=torch.float32, rng=torch.get_rng_state()[:8].clone(),
    counter=collections.Counter("aab"), factory=collections.defaultdict(list, a=[1]),
)
dtypes = collections.OrderedDict(
    turned=base.view(4, 6).t(), part=base[5:9], stepped=base[::3], moved=base.view(2, 3, 4).permute(2, 0, 1),
    scalar=torch.tensor(3.5), empty=torch.empty(0, 3), half=base.half()[3:7], brain=base.bfloat16()[1:3],
    double=base.double()[2:4], long=base.long()[:3], int=base.int()[:2], short=base.short()[:2], byte=base.to(torch.uint8)[:2],
    char=(-base).to(torch.int8)[:2], bool=(base > 1)[:4], parameter=nn.Parameter(base[:2]), expanded=torch.ones(1, 2).expand(2, 2),
    overlapping=torch.as_strided(base, (2, 2), (1, 1)), special=torch.tensor([float("nan"), float("inf"), -0.0]),
    complex=torch.ones(2, dtype=torch.complex64), sparse=torch.eye(2).to_sparse(), after=base[22:],
)
FIXTURES = {
    "BESIDE": ("Weights beside all that training scripts save with them.", {"state_dict": state, **beside}),
    "BEST": ("A score as a tensor.", {"state_dict": state, "best_acc": torch.tensor(0.5)}),
    "TUTORIAL": ("As PyTorch's tutorial saves it, with the loss as a tensor.", {
        "epoch": 3, "model_state_dict": state, "optimizer_state_dict": optimizer.state_dict(), "loss": torch.tensor(0.3)}),
    "EMA": ("Two copies of one network.", {"model": state, "ema": {name: tensor + 1 for name, tensor in state.items()}}),
    "LIGHTNING": ("As PyTorch Lightning saves it.", {
        "epoch": 1, "pytorch-lightning_version": "1.9", "state_dict": prefixed("backbone."),
        "loops": {"fit_loop": {"state_dict": {}, "batch": {"state_dict": {"t": torch.ones(2)}}}},
        "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.9)}},
        "optimizer_states": [optimizer.state_dict()], "hyper_parameters": {"lr": 0.1}}),
    "MODULE": ("A whole pickled module.", numbered(net, 0)),
    "NESTED": ("Below two levels, of a subclass of OrderedDict, with two wrappers.", {
        "run": {"last": {"net": Named(prefixed("_orig_mod.module.")), "optimizer": optimizer.state_dict()}}, "x": 1}),
    "LIST": ("A list of two states.", [state, optimizer.state_dict()]),
    "OPTIMIZER": ("An optimizer's state alone.", optimizer.state_dict()),
    "DTYPES": ("Every type that there is, views, strides, shared storages.", dtypes),
}


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return base64.b64encode(out.getvalue()).decode()


print("// Written by torch-checkpoints.py with PyTorch " + torch.__version__.split("a")[0] + ": [zip, legacy] files in base64.")
for name, (text, content) in FIXTURES.items():
    legacy = saved(content, _use_new_zipfile_serialization=False)
    print(f"\n/** {text} */\nexport const {name} = [\n  '{saved(content)}',\n  '{legacy}',\n] as const;")
