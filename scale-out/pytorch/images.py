"""Training and validation images: FER+ as CSV tables, or a folder with one subfolder per class."""
import csv
import sys
from pathlib import Path

import numpy
import torch
from PIL import Image

CLASSES = ["Surprise", "Fear", "Disgust", "Happy", "Sadness", "Anger", "Neutral", "Contempt"]
CLASS_OF_VOTE = [6, 3, 0, 4, 5, 2, 1, 7]  # of the first eight columns of fer2013new.csv; then come "unknown" and "NF"
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}


class Images(torch.utils.data.Dataset):
    """Items are (bytes [3, side, side], target, label); the target is the label or a distribution over the classes."""

    def __init__(self, items, labels, classes, side, color, distributions=None):
        self.items, self.classes, self.side, self.color = items, classes, side, color
        self.labels = torch.tensor(labels)
        self.targets = self.labels if distributions is None else torch.tensor(distributions, dtype=torch.float32)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        item = self.items[i]
        image = Image.fromarray(item) if isinstance(item, numpy.ndarray) else Image.open(item)
        image = image.convert("RGB").resize((self.side, self.side), Image.Resampling.BILINEAR)
        return torch.from_numpy(numpy.array(image)).permute(2, 0, 1), self.targets[i], self.labels[i]

    def subset(self, rows):
        chosen = Images([self.items[i] for i in rows], [], self.classes, self.side, self.color)
        chosen.labels, chosen.targets = self.labels[rows], self.targets[rows]
        return chosen


def open_images(path, recipe):
    """Returns the training and the validation images; the latter are None where the recipe holds out none."""
    path, side = Path(path), recipe["side"]
    if (path / "fer2013.csv").exists():
        return ferplus(path, "Training", recipe["labels"], side), ferplus(
            path, "PublicTest", "argmax" if recipe["labels"] == "argmax" else "majority", side)
    if (path / "train").is_dir():
        train = folder(path / "train", side)
        return train, folder(path / "valid", side, train.classes) if (path / "valid").is_dir() else None
    return hold_out(folder(path, side), recipe["validationSplit"], recipe["seed"])


def folder(path, side, classes=None):
    classes = classes or sorted(entry.name for entry in path.iterdir() if entry.is_dir())
    files = [(file, label) for label, name in enumerate(classes)
             for file in sorted((path / name).rglob("*")) if file.suffix.lower() in ENDINGS]
    if len(classes) < 2 or not files:
        raise ValueError(f"{path}: expected one subfolder of images per class (got {len(classes)} subfolders, {len(files)} images)")
    return Images([file for file, _ in files], [label for _, label in files], classes, side, "rgb")


def hold_out(images, share, seed):
    """Holds out a random share of each class for validation."""
    generator, train, valid = torch.Generator().manual_seed(seed), [], []
    for label in range(len(images.classes)):
        rows = (images.labels == label).nonzero()[:, 0]
        rows = rows[torch.randperm(len(rows), generator=generator)].tolist()
        count = round(share * len(rows))
        valid += rows[:count]
        train += rows[count:]
    return images.subset(sorted(train)), images.subset(sorted(valid)) if valid else None


def ferplus(path, usage, rule, side):
    """Reads fer2013.csv (pixels) and fer2013new.csv (ten votes per image), whose rows are in the same order."""
    csv.field_size_limit(sys.maxsize)
    items, labels, distributions = [], [], []
    with open(path / "fer2013.csv", newline="") as pixels, open(path / "fer2013new.csv", newline="") as votes:
        for image, row in zip(csv.DictReader(pixels), csv.reader(list(votes)[1:]), strict=True):
            if image["Usage"].strip() != row[0].strip():
                raise ValueError(f"{path}: the rows of fer2013.csv and fer2013new.csv do not agree")
            counts = [int(vote) for vote in row[2:12]]
            label = label_of(counts, rule)
            if label is None or row[0].strip() != usage:
                continue
            values = numpy.array(image["pixels"].split(), numpy.uint8)
            items.append(values.reshape(48, 48))
            labels.append(label)
            distributions.append([counts[CLASS_OF_VOTE.index(k)] / sum(counts[:8]) for k in range(8)])
    return Images(items, labels, CLASSES, side, "gray", distributions if rule == "distribution" else None)


def label_of(votes, rule):
    """Returns the class, or None where the rule excludes the image; feathergrad's src/data/label-rules.ts has the sources."""
    counts = [0 if rule == "majority" and count <= 1 else count for count in votes]
    most = max(counts)
    if most == 0 or (rule == "majority" and most <= sum(counts) / 2):
        return None
    column = counts.index(most)
    return CLASS_OF_VOTE[column] if column < 8 else None
