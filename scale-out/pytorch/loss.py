"""Cross-entropy and center loss of a recipe, equal to those of the whole batch when each process has a part of it."""
import torch
import torch.distributed as dist
from torch.nn import functional as F


def gathered(tensor):
    """Returns the rows of all processes, without a gradient."""
    if not dist.is_initialized():
        return tensor.detach()
    rows = [torch.empty_like(tensor) for _ in range(dist.get_world_size())]
    dist.all_gather(rows, tensor.detach().contiguous())
    return torch.cat(rows)


def class_weights(labels, classes, power):
    """(mean count / count) ** power, scaled to a mean of 1 over the images; None for power 0."""
    if power == 0:
        return None
    counts = torch.bincount(labels, minlength=classes).float()
    raw = torch.where(counts > 0, (len(labels) / classes / counts.clamp(min=1)) ** power, torch.ones(()))
    return torch.where(counts > 0, raw / ((counts * raw).sum() / len(labels)), torch.ones(()))


class Loss:
    """Cross-entropy + lambda * center loss. The mean over equal parts of a batch is the loss of the batch."""

    def __init__(self, recipe, classes, embedding_width, weights, device):
        self.smoothing, self.weight = recipe["labelSmoothing"], recipe["lambda"]
        self.released, self.over = recipe["center"] == "released", recipe["over"]
        self.class_weights = None if weights is None else weights.to(device)
        width = classes if self.over == "logits" else embedding_width
        self.scale = classes / width
        self.centers = torch.zeros(classes, width, device=device)
        self.generator = torch.Generator().manual_seed(recipe["seed"])  # the same draws in every process

    def begin(self, all_labels):
        """Starts a step; `all_labels` are the labels of the whole batch."""
        self.counts = torch.bincount(all_labels, minlength=len(self.centers))
        self.rows = len(all_labels)
        if self.weight > 0 and self.released:
            self.centers = torch.randn(self.centers.shape, generator=self.generator).to(self.centers.device)

    def __call__(self, logits, embedding, targets, labels):
        """`targets` are labels [N] or distributions [N, K]."""
        if self.class_weights is None or targets.dim() == 2:
            loss = F.cross_entropy(logits, targets, self.class_weights, label_smoothing=self.smoothing)
        else:  # the mean is weighted, so its divisor is that of the whole batch
            mean_weight = (self.counts * self.class_weights).sum() / self.rows
            loss = F.cross_entropy(logits, targets, self.class_weights, label_smoothing=self.smoothing, reduction="sum")
            loss = loss / (mean_weight * len(labels))
        if self.weight == 0:
            return loss
        distance = (self.features(logits, embedding) - self.centers[labels]).square().sum(1)
        if self.released:
            distance = distance / self.counts[labels]
        return loss + self.weight * self.scale / 2 * distance.mean()

    def features(self, logits, embedding):
        return logits if self.over == "logits" else embedding

    @torch.no_grad()
    def update(self, features, labels):
        """Moves the learned centers towards the features of their class (Wen et al. 2016, eq. 4, alpha 0.5)."""
        if self.weight == 0 or self.released:
            return
        features, labels = gathered(features), gathered(labels)
        pull = torch.zeros_like(self.centers).index_add_(0, labels, self.centers[labels] - features)
        self.centers -= 0.5 * pull / (1 + self.counts[:, None])
