#!/usr/bin/env python3
"""Write tests/golden/forward.json: what torchvision's and segmentation_models_pytorch's networks answer.

Input: nothing, or the folder of torchvision's ImageNet MobileNetV2 (scripts/mobilenet-weights) as the only argument.
Output: logits and samples of feature maps of networks whose weights both sides compute from a formula, so that no
weights need to be stored; the same for the real MobileNetV2; names and shapes of the U-Nets.

Made with torch 2.11.0, torchvision 0.26.0, segmentation_models_pytorch 0.6.0, on one thread of a CPU:

  python3 tests/golden/forward.py "$(scripts/mobilenet-weights)" > tests/golden/forward.json
"""
import json
import sys

import numpy as np
import segmentation_models_pytorch as smp
import torch
import torchvision

N_OUTPUTS = 14
N_SAMPLES = 8


def fnv1a(text):
    state = 0x811C9DC5
    for byte in text.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    return state


def noise(name, count):
    """`count` doubles in [-1, 1): an integer hash of (name, index), exact in any language."""
    x = (np.arange(count, dtype=np.uint64) + fnv1a(name)) & 0xFFFFFFFF
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = ((x ^ (x >> np.uint64(shift))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    x = x ^ (x >> np.uint64(16))
    return x.astype(np.float64) / 2.0**31 - 1.0


def value(name, shape):
    """The tensor called `name`; the scales keep activations near 1 through 50 layers."""
    count = int(np.prod(shape, dtype=np.int64))
    u = noise(name, count)
    if name.endswith("running_var"):
        u = 1.0 + 0.5 * u
    elif len(shape) > 1:
        u = u * np.sqrt(6.0 / np.prod(shape[1:], dtype=np.float64))
    elif name.endswith("weight"):
        u = 0.6 + 0.2 * u
    else:
        u = 0.1 * u
    return torch.from_numpy(u.astype(np.float32).reshape(shape))


def fill(model):
    state = model.state_dict()
    model.load_state_dict({k: v if k.endswith("tracked") else value(k, tuple(v.shape)) for k, v in state.items()})
    return model


def images(count, size):
    return value("input", (count, 3, size, size)) * float(np.sqrt(3 * size * size / 6.0))


def summary(tensor):
    """Shape, mean, mean of absolute values, and values spread over the whole tensor."""
    flat = tensor.detach().double().flatten()
    at = [i * (len(flat) - 1) // (N_SAMPLES - 1) for i in range(N_SAMPLES)]
    return {"shape": list(tensor.shape), "mean": flat.mean().item(), "mean_abs": flat.abs().mean().item(),
            "samples": flat[at].tolist()}


def floats(tensor):
    return tensor.detach().double().flatten().tolist()


def taps(model, name, xs):
    """Feature maps at strides 2 to 32."""
    if name == "mobilenet_v2":
        maps = []
        for index, layer in enumerate(model.features):
            xs = layer(xs)
            if index in (1, 3, 6, 13, 18):
                maps.append(xs)
        return maps
    stem = model.relu(model.bn1(model.conv1(xs)))
    maps = [stem]
    xs = model.maxpool(stem)
    for layer in (model.layer1, model.layer2, model.layer3, model.layer4):
        xs = layer(xs)
        maps.append(xs)
    return maps


def classifier(name):
    model = fill(getattr(torchvision.models, name)(num_classes=N_OUTPUTS)).eval()
    xs = images(2, 96)
    with torch.no_grad():
        case = {"arch": name, "size": 96, "logits": floats(model(xs)), "maps": [summary(m) for m in taps(model, name, xs)]}
    # One training step: batch statistics, running statistics, gradients. Dropout is what we leave out.
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model.train()
    xs = images(4, 64)
    target = (torch.arange(4 * N_OUTPUTS).reshape(4, N_OUTPUTS) % 3 == 0).float()
    logits = model(xs)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, target)
    loss.backward()
    state = model.state_dict()
    bn = [k for k in state if "running" in k]
    case["train"] = {"logits": floats(logits), "loss": loss.item(),
                     "running": {k: summary(state[k]) for k in (bn[0], bn[1], bn[-2], bn[-1])},
                     "gradients": {k: p.grad.double().norm().item() for k, p in model.named_parameters()}}
    return case


def unet(name):
    model = fill(smp.Unet(name, encoder_weights=None)).eval()
    with torch.no_grad():
        output = summary(model(images(2, 64)))
    shapes = {k: list(v.shape) for k, v in model.state_dict().items() if not k.startswith("encoder.")}
    return {"arch": name, "size": 64, "output": output, "n_encoder": sum(k.startswith("encoder.") for k in model.state_dict()),
            "decoder": shapes}


def imagenet_mobilenet(path):
    model = torchvision.models.mobilenet_v2()
    model.load_state_dict(torch.load(path, weights_only=True))
    model.eval()
    xs = images(2, 224)
    with torch.no_grad():
        return {"arch": "mobilenet_v2", "size": 224, "logits": floats(model(xs)),
                "maps": [summary(m) for m in taps(model, "mobilenet_v2", xs)]}


torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
NAMES = ["resnet18", "resnet34", "resnet50", "mobilenet_v2"]
golden = {
    "torch": torch.__version__, "torchvision": torchvision.__version__, "smp": smp.__version__,
    "noise": noise("conv1.weight", 4).tolist(),
    "n_parameters": {n: sum(p.numel() for p in getattr(torchvision.models, n)().parameters()) for n in NAMES},
    "classifiers": [classifier(n) for n in NAMES],
    "unets": [unet(n) for n in NAMES],
    "imagenet_mobilenet": imagenet_mobilenet(sys.argv[1]),
}
json.dump(golden, sys.stdout, indent=1)
print()
