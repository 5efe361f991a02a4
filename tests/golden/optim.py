"""Golden numbers for src/train/optim, from Python torch 2.11.0 on the CPU.

  python3 -m venv /tmp/venv && /tmp/venv/bin/pip install torch==2.11.0 numpy && /tmp/venv/bin/python tests/golden/optim.py

Prints, for each rule, four parameters after 1, 2 and 12 steps down the gradient of
f(w) = sum_i a_i (w_i - c_i)^2 / 2 + w_0 w_1 with learning rate 0.05, from w = (1, -2, 0.5, 3), in double precision; and
the factors of ReduceLROnPlateau. The tests in optim/rule.rs and optim/schedule.rs hold these numbers.
"""
import torch

A = torch.tensor([1.0, 2.0, 0.5, 4.0], dtype=torch.float64)
C = torch.tensor([0.3, -0.7, 1.5, 0.1], dtype=torch.float64)

RULES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-2),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.05, weight_decay=1e-2),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=1e-2),
}

for name, make in RULES.items():
    w = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64))
    optimizer = make([w])
    for step in range(1, 13):
        optimizer.zero_grad()
        (A * (w - C) ** 2 / 2).sum().add(w[0] * w[1]).backward()
        optimizer.step()
        if step in (1, 2, 12):
            print(name, step, [round(v, 12) for v in w.tolist()])

w = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([w], lr=1.0)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=2)
factors = []
for loss in [1.0, 0.9, 0.95, 0.91, 0.93, 0.92, 0.8999999, 0.95, 0.5, 0.6, 0.6, 0.6, 0.6]:
    plateau.step(loss)
    factors.append(optimizer.param_groups[0]["lr"])
print("plateau", factors)
