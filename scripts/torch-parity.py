"""Writes tests/node/torch-parity.json: what PyTorch and torchvision compute for every network in feathergrad/models.

    python3 scripts/torch-parity.py        (needs torch, torchvision and numpy; written with torch 1.13, torchvision 0.14)

Weights, images and the projections of gradients come from an integer hash that tests/node/torch-parity.test.ts computes
too, so the file holds no weights: per network its logits in evaluation mode, and for one training step the loss, the
norms of the running statistics, and per parameter its shape, the norm of its gradient and the projection of its gradient
on a vector of hashed signs. PyTorch computes in float64; the weights are rounded to float32.

An input of ReLU that is within rounding of 0 makes gradients jump. In the training step, batch norm therefore has shifts
of about twice its scales, so that few inputs of ReLU are near 0, and the images depend on a salt: the first one with
which PyTorch's float32, and float64 with weights changed by 5e-7, give the same gradients within a tenth of what the test
allows. Networks that torchvision lacks are defined below, under the names that feathergrad uses.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

BATCH, SIDE, CLASSES = 3, 48, 10


def text_hash(text):
    """FNV-1a over the characters."""
    value = 0x811C9DC5
    for letter in text:
        value = ((value ^ ord(letter)) * 0x01000193) & 0xFFFFFFFF
    return value


def uniform(name, count):
    """`count` numbers in [-1, 1) that depend on the name only."""
    x = (np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1) + np.uint64(text_hash(name))) & np.uint64(0xFFFFFFFF)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    x ^= x >> np.uint64(16)
    return (x >> np.uint64(8)).astype(np.float64) / 2**23 - 1


def value_of(name, shape, gain, is_shifted):
    """The hashed value of one entry of a state dict; weights have the variance gain / (3 fan-in)."""
    u = uniform(name, math.prod(shape))
    if name.endswith("running_mean"):
        u = 0.1 * u
    elif name.endswith("running_var"):
        u = 1 + 0.3 * u
    elif len(shape) > 1:
        u = math.sqrt(gain / math.prod(shape[1:])) * u
    elif name.endswith("weight"):
        u = 1 + 0.3 * u
    else:
        u = 2 + 0.5 * u if is_shifted else 0.1 * u
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def conv_norm(inputs, outputs, kernel, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU())


class LeNet5(nn.Module):
    """LeCun et al., 1998, with a global mean after the last convolution, which changes nothing at 32 x 32 pixels."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(16, 120, 5), nn.Tanh(),
        )
        self.classifier = nn.Sequential(nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, CLASSES))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class MobileNetV1(nn.Module):
    ROWS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + 5 * [(512, 1)] + [(1024, 2), (1024, 1)]

    def __init__(self):
        super().__init__()
        modules, width = [conv_norm(3, 32, 3, 2)], 32
        for output, stride in self.ROWS:
            modules.append(nn.Sequential(conv_norm(width, width, 3, stride, width), conv_norm(width, output, 1)))
            width = output
        self.features = nn.Sequential(*modules)
        self.classifier = nn.Sequential(nn.Dropout(0), nn.Linear(width, CLASSES))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


class CifarBlock(torchvision.models.resnet.BasicBlock):
    """With the parameter-free shortcut of He et al., section 4.2, option A."""

    def __init__(self, inputs, outputs, stride):
        super().__init__(inputs, outputs, stride)
        self.extra = (outputs - inputs) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.extra, self.extra))
        return F.relu(x + y)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        width = 16
        for stage, output in enumerate((16, 32, 64)):
            blocks = [CifarBlock(width if i == 0 else output, output, 2 if stage and i == 0 else 1) for i in range(3)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
            width = output
        self.fc = nn.Linear(64, CLASSES)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


# GhostNet as in the authors' code, https://github.com/huawei-noah/Efficient-AI-Backbones (ghostnet_pytorch)


class GhostModule(nn.Module):
    def __init__(self, inputs, outputs, relu=True):
        super().__init__()
        self.outputs = outputs
        half = math.ceil(outputs / 2)
        self.primary_conv = conv_norm(inputs, half, 1)
        self.cheap_operation = conv_norm(half, half, 3, 1, half)
        if not relu:
            self.primary_conv[2] = self.cheap_operation[2] = nn.Identity()

    def forward(self, x):
        first = self.primary_conv(x)
        return torch.cat([first, self.cheap_operation(first)], 1)[:, : self.outputs]


class SqueezeExcite(nn.Module):
    def __init__(self, channels, ratio):
        super().__init__()
        squeeze = torchvision.models._utils._make_divisible(channels * ratio, 4)
        self.conv_reduce = nn.Conv2d(channels, squeeze, 1)
        self.conv_expand = nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        return x * F.hardsigmoid(self.conv_expand(F.relu(self.conv_reduce(x.mean((2, 3), keepdim=True)))))


class GhostBottleneck(nn.Module):
    def __init__(self, inputs, kernel, middle, outputs, ratio, stride):
        super().__init__()
        self.ghost1 = GhostModule(inputs, middle)
        if stride > 1:
            self.conv_dw = nn.Conv2d(middle, middle, kernel, stride, kernel // 2, groups=middle, bias=False)
            self.bn_dw = nn.BatchNorm2d(middle)
        self.se = SqueezeExcite(middle, ratio) if ratio else None
        self.ghost2 = GhostModule(middle, outputs, False)
        self.stride, self.shortcut = stride, nn.Sequential()
        if inputs != outputs or stride > 1:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, inputs, kernel, stride, kernel // 2, groups=inputs, bias=False),
                nn.BatchNorm2d(inputs),
                nn.Conv2d(inputs, outputs, 1, bias=False),
                nn.BatchNorm2d(outputs),
            )

    def forward(self, x):
        y = self.ghost1(x)
        if self.stride > 1:
            y = self.bn_dw(self.conv_dw(y))
        if self.se is not None:
            y = self.se(y)
        return self.ghost2(y) + self.shortcut(x)


class ConvBnAct(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.relu(self.bn1(self.conv(x)))


class GhostNet(nn.Module):
    STAGES = [
        [(3, 16, 16, 0, 1)], [(3, 48, 24, 0, 2)], [(3, 72, 24, 0, 1)], [(5, 72, 40, 0.25, 2)], [(5, 120, 40, 0.25, 1)],
        [(3, 240, 80, 0, 2)],
        [(3, 200, 80, 0, 1), (3, 184, 80, 0, 1), (3, 184, 80, 0, 1), (3, 480, 112, 0.25, 1), (3, 672, 112, 0.25, 1)],
        [(5, 672, 160, 0.25, 2)],
        [(5, 960, 160, 0, 1), (5, 960, 160, 0.25, 1), (5, 960, 160, 0, 1), (5, 960, 160, 0.25, 1)],
    ]

    def __init__(self):
        super().__init__()
        self.conv_stem = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        stages, width = [], 16
        for rows in self.STAGES:
            blocks = []
            for row in rows:
                blocks.append(GhostBottleneck(width, *row))
                width = row[2]
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages, nn.Sequential(ConvBnAct(width, 960)))
        self.conv_head = nn.Conv2d(960, 1280, 1)
        self.classifier = nn.Linear(1280, CLASSES)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv_stem(x)))).mean((2, 3), keepdim=True)
        return self.classifier(F.relu(self.conv_head(x)).flatten(1))


OWN = {"lenet5": LeNet5, "mobilenet_v1": MobileNetV1, "ghostnet": GhostNet, "resnet20": ResNet20}
TORCHVISION = [
    "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0", "efficientnet_b0", "resnet18",
]


def network(name):
    if name in OWN:
        return OWN[name]()
    return getattr(torchvision.models, name)(weights=None, num_classes=CLASSES)


# in evaluation with hashed statistics, GhostNet's activations grow with the depth until float32 keeps three correct digits
GAINS = {"ghostnet": 4.5}


def rounded(values, digits=7):
    return [float(f"{value:.{digits}g}") for value in values]


def placed(name, is_training=True, dtype=torch.float64, noise=0, seed=0):
    """The network with hashed weights, each changed by a factor of 1 +- noise, without dropout."""
    model = network(name)
    generator = torch.Generator().manual_seed(seed)
    state = {}
    entries = model.state_dict()
    for key, entry in entries.items():
        if entry.ndim:
            is_shifted = is_training and key.replace(".bias", ".running_mean") in entries
            value = value_of(key, tuple(entry.shape), GAINS.get(name, 6), is_shifted)
            state[key] = value * (1 + noise * torch.randn(value.shape, generator=generator, dtype=torch.float64))
    model.to(dtype).load_state_dict(state, strict=False)
    for module in model.modules():
        if isinstance(module, (nn.Dropout, torchvision.ops.StochasticDepth)):
            module.p = 0
    return model


def images(salt, dtype=torch.float64):
    pixels = uniform(f"images {salt}", BATCH * SIDE * SIDE * 3).astype(np.float32).reshape(BATCH, SIDE, SIDE, 3)
    return (1.5 * torch.from_numpy(pixels)).permute(0, 3, 1, 2).contiguous().to(dtype)


def step(model, x):
    """The loss of one training step; the gradients are in the model."""
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(BATCH)])
    loss = F.cross_entropy(model.train()(x), labels)
    loss.backward()
    return loss.item()


def gradients(model, x):
    step(model, x)
    return {key: parameter.grad.double().flatten() for key, parameter in model.named_parameters()}


def is_smooth(name, salt):
    exact = gradients(placed(name), images(salt))
    floor = 1e-6 * max(one.norm() for one in exact.values())
    others = [gradients(placed(name, dtype=torch.float32), images(salt, torch.float32))]
    others += [gradients(placed(name, noise=5e-7, seed=seed), images(salt)) for seed in (1, 2)]
    worst = max((other[key] - one).norm() / (1e-3 * one.norm() + floor) for other in others for key, one in exact.items())
    print(f"{name}, salt {salt}: {worst:.3f} of the allowance", flush=True)
    return worst < 0.1


def measure(name):
    salt = next(salt for salt in range(1000) if is_smooth(name, salt))
    x = images(salt)
    with torch.no_grad():
        logits = placed(name, is_training=False).eval()(x)
    model = placed(name)
    loss = step(model, x)
    found = {}
    for key, parameter in model.named_parameters():
        gradient = parameter.grad.flatten().numpy()
        signs = np.sign(uniform(f"{key} signs", gradient.size) + 2**-24)
        found[key] = [list(parameter.shape), *rounded([np.linalg.norm(gradient), signs @ gradient], 6)]
    running = [
        float(np.linalg.norm(np.concatenate([value.numpy() for key, value in model.state_dict().items() if key.endswith(kind)] or [[0]])))
        for kind in ("running_mean", "running_var")
    ]
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "salt": salt,
        "gain": GAINS.get(name, 6),
        "logits": rounded(logits.flatten().tolist()),
        "loss": rounded([loss])[0],
        "running": rounded(running),
        "gradients": found,
    }


result = {"batch": BATCH, "side": SIDE, "classes": CLASSES, "torch": torch.__version__, "torchvision": torchvision.__version__}
result["networks"] = {name: measure(name) for name in [*OWN, *TORCHVISION]}
# one line per parameter, so that a change can be read
lines = json.dumps(result, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"')
path = Path(__file__).parent.parent / "tests" / "node" / "torch-parity.json"
path.write_text(lines + "\n")
print(path, len(lines), "bytes")
