"""Random transforms of a batch, from the numbers in the recipe's JSON (feathergrad's `Augmentation`)."""
import math

import torch
from torch.nn import functional as F


def between(low_high, *shape):
    low, high = low_high
    return low + (high - low) * torch.rand(shape)


def signed(low_high, *shape):
    return between(low_high, *shape) * torch.randint(0, 2, shape).mul(2).sub(1)


def augment(images, t):
    """Transforms images [N, 3, S, S] in 0..1; `t` is None or an Augmentation."""
    if t is None:
        return images
    n = len(images)
    names = ["mirror", "rotation", "shift", "crop", "light", "noise"]
    shares = [t.get("mirror", 0), *(t.get(name, {}).get("probability", 0) for name in names[1:])]
    if t.get("oneOf"):  # at most one of the six per image
        ends, draw = torch.tensor([0.0, *shares]).cumsum(0), torch.rand(n, 1)
        chosen = (draw >= ends[:-1]) & (draw < ends[1:])
    else:
        chosen = torch.rand(n, 6) < torch.tensor(shares)
    mirror, rotation, shift, crop, light, noise = chosen.T
    happens = lambda mask, values, rest: torch.where(mask.view(-1, *[1] * (values.dim() - 1)), values, torch.full((), rest))

    if "saturation" in t:
        apply = torch.rand(n) < t["saturation"]["probability"]
        factor = happens(apply, between(t["saturation"]["factor"], n, 1, 1, 1), 1.0).to(images.device)
        luma = (images * images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        images = luma + factor * (images - luma)
    if "light" in t:
        part, pivot = t["light"], t["light"].get("pivot", 0) / 255
        slope = happens(light, between(part["slope"], n, 1, 1, 1), 1.0).to(images.device)
        bias = happens(light, between(part.get("bias", (0, 0)), n, 1, 1, 1) / 255, 0.0).to(images.device)
        images = slope * (images - pivot) + pivot + bias
    if "noise" in t:
        deviation = happens(noise, between(t["noise"]["deviation"], n, 1, 1, 1) / 255, 0.0).to(images.device)
        images = images + deviation * torch.randn_like(images[:, :1] if is_gray(images) else images)
    images = images.clamp(0, 1)

    # position = 2 offset + window * turn(position' - 2 shift), with the sign of the column flipped by a mirror
    angle = happens(rotation, signed(t.get("rotation", {}).get("degrees", (0, 0)), n) * math.pi / 180, 0.0)
    moved = happens(shift, 2 * signed(t.get("shift", {}).get("sides", (0, 0)), n, 2), 0.0)  # columns, rows
    window = happens(crop, between(t.get("crop", {}).get("side", (1, 1)), n), 1.0)
    offset = (2 * torch.rand(n, 2) - 1) * (1 - window[:, None])
    cos, sin = window * angle.cos(), window * angle.sin()
    turn = torch.stack((torch.stack((cos, -sin), 1), torch.stack((sin, cos), 1)), 1)
    move = offset - (turn @ moved[..., None])[..., 0]
    turn[:, :, 0] *= torch.where(mirror, -1.0, 1.0)[:, None]
    theta = torch.cat((turn, move[..., None]), 2).to(images.device)
    grid = F.affine_grid(theta, images.shape, align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def is_gray(images):
    return bool((images[:, 0] == images[:, 1]).all() and (images[:, 0] == images[:, 2]).all())


def erase(images, t):
    """Sets one random box per image to 0, the mean of normalized images (Zhong et al. 2020); changes `images` in place."""
    part, side = (t or {}).get("erasing"), images.shape[-1]
    for image in images if part else []:
        if torch.rand(()) >= part["probability"]:
            continue
        for _ in range(10):  # until a box fits
            area = between(part["area"]).item() * side * side
            aspect = math.exp(between([math.log(a) for a in part["aspect"]]).item())
            h, w = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
            if 1 <= h < side and 1 <= w < side:
                y, x = torch.randint(side - h + 1, ()).item(), torch.randint(side - w + 1, ()).item()
                image[:, y:y + h, x:x + w] = 0
                break
    return images
