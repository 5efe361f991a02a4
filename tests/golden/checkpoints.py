#!/usr/bin/env python3
"""Write small checkpoints as PyTorch itself writes them, for the tests of `weights convert`.

Output, in this folder: `moco-fp16.pth.tar` (zip container; half precision; MoCo's layout with queue, key encoder,
optimiser and argparse.Namespace), `insdis-bf16.pth` (legacy stream; bfloat16; InsDis' layout) and `expanded.pth` (one
number that claims a gigabyte). The network is a ResNet-18 of width 4, so the files stay small; values come from the
formula of forward.py.

Made with torch 2.11.0 and torchvision 0.26.0: python3 tests/golden/checkpoints.py
"""
import argparse
from pathlib import Path

import numpy as np
import torch
import torchvision

HERE = Path(__file__).resolve().parent
source = (HERE / "forward.py").read_text()
scope = {"np": np, "torch": torch}
exec(source[source.index("def fnv1a"):source.index("def fill")], scope)  # fnv1a, noise and value


def state(dtype):
    out = {}
    for name, tensor in torchvision.models.resnet18(num_classes=2).state_dict().items():
        if name.startswith("fc.") or tensor.dim() == 0:
            out[name] = tensor
            continue
        shape = [n if n == 3 and i > 0 or i > 1 else n // 16 for i, n in enumerate(tensor.shape)]
        out[name] = scope["value"](name, tuple(shape)).to(dtype)
    return out


def under(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


def main():
    namespace = argparse.Namespace(arch="resnet18", lr=0.03, note="not read")
    weights = state(torch.float16)
    layer = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    layer(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    queue = {"module.queue": torch.zeros(4, 4), "module.queue_ptr": torch.zeros(1, dtype=torch.long)}
    key = under("module.encoder_k.", {"conv1.weight": weights["conv1.weight"], "fc.weight": torch.zeros(2, 2)})
    moco = {"epoch": 200, "arch": "resnet18", "args": namespace, "optimizer": optimizer.state_dict(),
            "state_dict": {**under("module.encoder_q.", weights), **key, **queue}}
    torch.save(moco, HERE / "moco-fp16.pth.tar")
    weights = {k: v for k, v in state(torch.bfloat16).items() if "tracked" not in k}  # as files of 2018 have it
    heads = {"module.head.weight": torch.zeros(2, 2), "module.encoder.fc.weight": weights.pop("fc.weight"),
             "module.encoder.fc.bias": weights.pop("fc.bias")}
    insdis = {"opt": namespace, "epoch": 200, "model": {**under("module.encoder.", weights), **heads}}
    torch.save(insdis, HERE / "insdis-bf16.pth", _use_new_zipfile_serialization=False)
    torch.save({"conv1.weight": torch.zeros(1).expand(1 << 28)}, HERE / "expanded.pth")


main()
