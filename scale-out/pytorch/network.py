"""The network of Liang et al. 2023 (doi 10.1049/ipr2.12798) and its variants, under the names of feathergrad's weights."""
import torch
from torch import nn

# kernel, expanded and output channels, stride, attention in MobileNetV3-Large, attention in the paper's network
ROWS = [
    (3, 16, 16, 1, None, None), (3, 64, 24, 2, None, None), (3, 72, 24, 1, None, None),
    (5, 72, 40, 2, "se", "se"), (5, 120, 40, 1, "se", "se"), (5, 120, 40, 1, "se", "se"),
    (3, 240, 80, 2, None, None), (3, 200, 80, 1, None, None),
    (3, 184, 80, 1, None, "cpsca"), (3, 184, 80, 1, None, "cpsca"),
    (3, 480, 112, 1, "se", "ca"), (3, 672, 112, 1, "se", "ca"),
    (5, 672, 80, 2, "se", "ca"), (5, 480, 80, 1, "se", "ca"), (5, 480, 80, 1, "se", "ca"),
]


def make_divisible(value):
    rounded = max(8, int(value + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * value else rounded


def conv_norm(inputs, outputs, kernel, act, momentum, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs, 1e-3, momentum), *([act()] if act else []))


class SqueezeExcitation(nn.Module):
    def __init__(self, channels):
        super().__init__()
        squeeze = make_divisible(channels / 4)
        self.fc1, self.fc2 = nn.Conv2d(channels, squeeze, 1), nn.Conv2d(squeeze, channels, 1)

    def forward(self, x):
        y = self.fc1(x.mean((2, 3), keepdim=True)).relu()
        return x * nn.functional.hardsigmoid(self.fc2(y))


class CoordinateAttention(nn.Module):
    """Coordinate attention (Hou et al. 2021) with average ("ca"), maximum ("maxca") or complementary pooling ("cpsca")."""

    def __init__(self, channels, pooling):
        super().__init__()
        middle = max(8, channels // 32)
        self.pooling = pooling
        self.conv1, self.bn1 = nn.Conv2d(channels, middle, 1), nn.BatchNorm2d(middle)
        for name in ("conv_h", "conv_w") if pooling == "cpsca" else ("conv2", "conv3"):
            setattr(self, name, nn.Conv2d(middle, channels, 1))

    def forward(self, x):
        mean = x.mean(3, keepdim=True), x.mean(2, keepdim=True).mT  # per row [N, C, H, 1], per column [N, C, W, 1]
        most = x.amax(3, keepdim=True), x.amax(2, keepdim=True).mT
        if self.pooling == "cpsca":
            y = self.conv1(torch.cat((mean[0], most[1]), 2)) + self.conv1(torch.cat((most[0], mean[1]), 2))
            by_row, by_column = self.conv_h, self.conv_w
        else:
            y = self.conv1(torch.cat(most if self.pooling == "maxca" else mean, 2))
            by_row, by_column = self.conv2, self.conv3
        rows, columns = nn.functional.hardswish(self.bn1(y)).split(x.shape[2:], 2)
        return x * by_row(rows).sigmoid() * by_column(columns.mT).sigmoid()


class InvertedResidual(nn.Module):
    def __init__(self, inputs, kernel, expanded, outputs, stride, attention, act, momentum):
        super().__init__()
        self.has_residual = stride == 1 and inputs == outputs
        steps = [] if expanded == inputs else [conv_norm(inputs, expanded, 1, act, momentum)]
        steps.append(conv_norm(expanded, expanded, kernel, act, momentum, stride, groups=expanded))
        if attention:
            steps.append(SqueezeExcitation(expanded) if attention == "se" else CoordinateAttention(expanded, attention))
        self.block = nn.Sequential(*steps, conv_norm(expanded, outputs, 1, None, momentum))

    def forward(self, x):
        return x + self.block(x) if self.has_residual else self.block(x)


class FerMobileNetV3(nn.Module):
    def __init__(self, classes, variant="paper", dropout=0.2, bn_momentum=0.01, zero_init_residual=False):
        super().__init__()
        is_large = variant == "large"
        layers, inputs = [conv_norm(3, 16, 3, nn.Hardswish, bn_momentum, stride=2)], 16
        for i, (kernel, expanded, outputs, stride, large, paper) in enumerate(ROWS):
            act = nn.ReLU if is_large and i < 6 else nn.Hardswish
            if is_large:
                expanded, outputs, attention = 960 if i > 12 else expanded, 160 if i > 11 else outputs, large
            else:
                attention = paper and {"paper": paper, "reduced": None}.get(variant, variant.split("-")[-1])
            layers.append(InvertedResidual(inputs, kernel, expanded, outputs, stride, attention, act, bn_momentum))
            inputs = outputs
        tail, width = (960, 1280) if is_large else (480, 640)
        self.features = nn.Sequential(*layers, conv_norm(inputs, tail, 1, nn.Hardswish, bn_momentum))
        hidden, rest = nn.Linear(tail, width), (nn.Hardswish(), nn.Dropout(dropout), nn.Linear(width, classes))
        if is_large:
            self.classifier = nn.Sequential(hidden, *rest)
        else:
            self.classifier_1, self.classifier_2 = nn.Sequential(hidden), nn.Sequential(*rest)
        self.embedding_width = width
        self.initialize(zero_init_residual)

    def initialize(self, zero_init_residual):
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")
            elif isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, 0, 0.01)
            elif zero_init_residual and isinstance(module, InvertedResidual) and module.has_residual:
                nn.init.zeros_(module.block[-1][1].weight)
            if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
                nn.init.zeros_(module.bias)

    def forward(self, x):
        """Returns the logits [N, classes] and the embedding [N, width], which the center loss acts on."""
        pooled = self.features(x).mean((2, 3))
        if hasattr(self, "classifier"):
            embedding = self.classifier[0](pooled)
            return self.classifier[1:](embedding), embedding
        embedding = self.classifier_1(pooled)
        return self.classifier_2(embedding), embedding
