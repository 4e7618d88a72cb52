"""Reads a recipe that `feathergrad recipe --json` wrote, and refuses what this folder cannot do."""
import json

# recompute saves memory in feathergrad and changes no result, so it is accepted and ignored
SETTINGS = """
    accumulate augmentation balance batch bnMomentum center clipNorm dropout earlyStop ema epochs labelSmoothing labels
    lambda learningRate mirror mixup model optimizer over recompute sam schedule seed side stepSize train transforms validationSplit
    variant warmupSteps weightDecay zeroInitResidual
""".split()
CHOICES = {
    "model": ["fer_mobilenetv3"], "train": ["all"], "optimizer": ["adamw", "adam", "sgd", "rmsprop"],
    "schedule": ["cosine", "plateau", "step", "constant", "onecycle"], "center": ["learned", "released"],
    "over": ["embedding", "logits"], "labels": ["majority", "argmax", "distribution"],
}


def read_recipe(path):
    with open(path) as file:
        recipe = json.load(file)
    for name in SETTINGS:
        if name not in recipe:
            raise ValueError(f"{path}: {name} is missing. Write the recipe with feathergrad recipe --json.")
    for name in recipe:
        if name not in SETTINGS:
            raise ValueError(f"{path}: {name} is not supported here (got {recipe[name]}). Update scale-out/pytorch.")
    if recipe["sam"] > 0:
        raise ValueError(f"{path}: sam is {recipe['sam']}, expected 0, since SAM is not supported here. Change the recipe.")
    for name, allowed in CHOICES.items():
        if recipe[name] not in allowed:
            raise ValueError(f"{path}: {name} is {recipe[name]}, expected {' or '.join(allowed)}. Change the recipe.")
    return recipe
