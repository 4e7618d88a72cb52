"""Prints what scale-out/pytorch reads from a folder of FER+ tables, and how its transforms move the pixels of an image."""
import json
import sys

sys.path.insert(0, sys.argv[1])
import torch  # noqa: E402
from augment import augment, erase  # noqa: E402
from images import open_images  # noqa: E402

parts = {}
for rule in ["majority", "argmax", "distribution"]:
    train, valid = open_images(sys.argv[2], {"side": 48, "labels": rule})
    parts[rule] = {
        "train": train.targets.tolist(), "valid": valid.labels.tolist(), "pixel": train[0][0][:, 0, 1].tolist(),
        "color": train.color,
    }

torch.manual_seed(1)
x = torch.rand(1, 3, 8, 8)
near = lambda a, b: bool((a - b).abs().max() < 1e-4)
shifted = augment(x, {"shift": {"probability": 1, "sides": [0.25, 0.25]}})
middle = x[:, :, 2:6, 2:6]
moves = {
    "none": near(augment(x, {"crop": {"probability": 1, "side": [1, 1]}}), x),
    "mirror": near(augment(x, {"mirror": 1}), x.flip(3)),
    "turn": near(augment(x, {"rotation": {"probability": 1, "degrees": [180, 180]}}), x.flip(2, 3)),
    "quarter": any(near(augment(x, {"rotation": {"probability": 1, "degrees": [90, 90]}}), x.rot90(k, (2, 3))) for k in (1, 3)),
    "shift": any(near(shifted[:, :, 2 + a:6 + a, 2 + b:6 + b], middle) for a in (-2, 2) for b in (-2, 2)),
    "light": near(augment(x, {"light": {"probability": 1, "slope": [0.5, 0.5], "bias": [51, 51], "pivot": 0}}), x / 2 + 0.2),
    "gray": near(augment(x, {"saturation": {"probability": 1, "factor": [0, 0]}}).std(1), torch.zeros(1, 8, 8)),
    "one of": sum(near(augment(x, {"oneOf": True, "mirror": 0.5, "rotation": {"probability": 0.5, "degrees": [180, 180]}}), y)
                  for y in (x.flip(3), x.flip(2, 3))) <= 1,
    "erase": (erase(x.clone(), {"erasing": {"probability": 1, "area": [0.25, 0.25], "aspect": [1, 1]}}) == 0).sum().item() == 48,
}
print(json.dumps({"parts": parts, "moves": moves}))
