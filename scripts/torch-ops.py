"""Writes tests/node/torch-ops.jsonl: what PyTorch computes for convolutions, pools, resampling, padding and norms.

    python3 scripts/torch-ops.py        (needs torch; written with torch 1.13; with OMP_NUM_THREADS=1 if it crashes)

Each line is a case with an op, its options, its inputs, the result, and the gradients of all inputs for a random gradient of the
result. Images are [N, H, W, C], weights [kh, kw, in / groups, out], as feathergrad has them. tests/node/torch-ops.test.ts
runs the same cases in feathergrad.
"""

import json
import random
from pathlib import Path

import torch
from torch.nn import functional as F

torch.manual_seed(1)
random.seed(1)
torch.set_default_dtype(torch.float64)
cases = []


def numbers(tensor):
    return [round(value, 5) for value in tensor.flatten().tolist()]


def rounded(tensor):
    """Few digits, so that the file is small."""
    return torch.round(tensor * 100) / 100


def ours(tensor):
    """A tensor as feathergrad has it: images and weights of four axes with channels last."""
    return {"shape": list(tensor.shape), "data": numbers(tensor)}


def images(tensor):
    return tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor


def weights(tensor):
    return tensor.permute(2, 3, 1, 0) if tensor.dim() == 4 else tensor


def case(op, options, compute, x, *parameters):
    """Runs compute(x, *parameters), whose inputs are rounded as the file holds them."""
    leaves = [rounded(t).requires_grad_() for t in [x, *parameters]]
    y = compute(*leaves)
    dy = rounded(torch.randn_like(y))
    y.backward(dy)
    forms = [images, *[weights for _ in parameters]]
    cases.append(
        {
            "op": op,
            "options": options,
            "inputs": [ours(form(t.detach())) for form, t in zip(forms, leaves)],
            "y": ours(images(y.detach())),
            "dy": numbers(images(dy)),
            "gradients": [numbers(form(t.grad)) for form, t in zip(forms, leaves)],
        }
    )


def image(channels, least=3, most=6):
    return torch.randn(1, channels, random.randint(least, most), random.randint(least, most))


def pair(least, most):
    return [random.randint(least, most), random.randint(least, most)]


for groups, inputs, outputs in [(1, 3, 4), (2, 4, 6), (3, 3, 6), (4, 4, 4), (2, 8, 8)]:
    for _ in range(2):
        kernel, stride, padding, dilation = pair(1, 3), pair(1, 3), pair(1, 2), pair(1, 2)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        case(
            "conv2d",
            options,
            lambda x, w, b: F.conv2d(x, w, b, stride, padding, dilation, groups),
            image(inputs),
            torch.randn(outputs, inputs // groups, *kernel),
            torch.randn(outputs),
        )
for kernel, dilation in [((3, 3), (1, 1)), ((2, 4), (1, 1)), ((2, 3), (3, 2))]:
    case(
        "conv2d",
        {"padding": "same", "dilation": dilation},
        lambda x, w: F.conv2d(x, w, None, 1, "same", dilation),
        image(3),
        torch.randn(2, 3, *kernel),
    )
for groups, inputs, outputs in [(1, 3, 4), (2, 4, 6), (3, 3, 3), (1, 4, 4)]:
    for _ in range(2):
        kernel, stride, padding, dilation = pair(2, 4), pair(1, 3), pair(0, 1), pair(1, 2)
        extra = [random.randint(0, max(stride[a], dilation[a]) - 1) for a in (0, 1)]
        options = {
            "stride": stride,
            "padding": padding,
            "dilation": dilation,
            "groups": groups,
            "outputPadding": extra,
        }
        case(
            "convTranspose2d",
            options,
            lambda x, w, b: F.conv_transpose2d(x, w, b, stride, padding, extra, groups, dilation),
            image(inputs, 3, 4),
            torch.randn(inputs, outputs // groups, *kernel),
            torch.randn(outputs),
        )
for ceil in (False, True):
    for _ in range(5):
        kernel, stride = pair(1, 3), pair(1, 3)
        padding = [random.randint(0, k // 2) for k in kernel]
        common = {"kernelSize": kernel, "stride": stride, "padding": padding, "ceilMode": ceil}
        case("maxPool2d", common, lambda x: F.max_pool2d(x, kernel, stride, padding, 1, ceil), image(2))
        counts = random.random() < 0.5
        case(
            "avgPool2d",
            {**common, "countIncludePad": counts},
            lambda x: F.avg_pool2d(x, kernel, stride, padding, ceil, counts),
            image(2),
        )
    case(
        "maxPool2d",
        {"kernelSize": [2, 3], "stride": [1, 2], "dilation": [2, 1], "ceilMode": ceil},
        lambda x: F.max_pool2d(x, (2, 3), (1, 2), 0, (2, 1), ceil),
        image(4, 5),
    )
    case(
        "avgPool2d",
        {"kernelSize": 2, "ceilMode": ceil, "divisorOverride": 3},
        lambda x: F.avg_pool2d(x, 2, None, 0, ceil, True, 3),
        image(4),
    )
for size in ([1, 1], [2, 3], [5, 4], [9, 8]):
    case("adaptiveAvgPool2d", {"outputSize": size}, lambda x: F.adaptive_avg_pool2d(x, size), image(3))
    case("adaptiveMaxPool2d", {"outputSize": size}, lambda x: F.adaptive_max_pool2d(x, size), image(4))
# no factor that doubles or keeps a length without being 2 or 1: PyTorch's nearest gradient is not that of its result then
for sizes in ({"size": [5, 9]}, {"size": [2, 3]}, {"scaleFactor": [2, 1.5]}, {"scaleFactor": [0.7, 2.6]}):
    size, factor = sizes.get("size"), sizes.get("scaleFactor")
    case("interpolate", sizes, lambda x: F.interpolate(x, size, factor, "nearest"), image(2))
    for aligned in (False, True):
        case(
            "interpolate",
            {**sizes, "mode": "bilinear", "alignCorners": aligned},
            lambda x: F.interpolate(x, size, factor, "bilinear", aligned),
            image(2),
        )
for mode in ("reflect", "replicate", "constant"):
    case(
        "pad",
        {"amounts": [[0, 0], [2, 1], [0, 2], [0, 0]], "mode": mode},
        lambda x: F.pad(x, (0, 2, 2, 1), mode),
        image(2),
    )
for groups, channels in [(1, 4), (2, 6), (5, 5)]:
    case(
        "groupNorm",
        {"numGroups": groups, "eps": 1e-3},
        lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3),
        image(channels, 2, 4),
        torch.randn(channels),
        torch.randn(channels),
    )
case(
    "layerNorm",
    {"normalizedShape": [5]},
    lambda x, w, b: F.layer_norm(x, (5,), w, b),
    torch.randn(3, 5),
    torch.randn(5),
    torch.randn(5),
)
# as torchvision's ShuffleNet has it; torch.nn.ChannelShuffle has no derivative
case(
    "channelShuffle",
    {"groups": 3},
    lambda x: x.reshape(1, 3, 2, *x.shape[2:]).transpose(1, 2).reshape(x.shape),
    image(6, 2, 3),
)

target = Path(__file__).parent.parent / "tests/node/torch-ops.jsonl"
target.write_text("".join(json.dumps(one, separators=(",", ":")) + "\n" for one in cases))
print(f"{len(cases)} cases, {target.stat().st_size} bytes")
