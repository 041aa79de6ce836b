"""Loads an exported model into PyTorch as its users would, without any library but torch, evaluates it, and saves it as PyTorch does.

Prints one JSON object: the state_dict's names with types and shapes, how many of the first samples are right, and their loss.
"""
import argparse
import gzip
import json
import struct

import torch
from torch import nn


class Softmax(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(784, 10)

    def forward(self, x):
        return self.linear(x.flatten(1))


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 50, bias=False)
        self.bn1 = nn.BatchNorm1d(50)
        self.dropout = nn.Dropout(0.5)
        self.fc2 = nn.Linear(50, 10, bias=False)

    def forward(self, x):
        return self.fc2(self.dropout(torch.relu(self.bn1(self.fc1(x.flatten(1))))))


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Sequential(nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.layer2 = nn.Sequential(nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.fc = nn.Linear(3136, 10)

    def forward(self, x):
        return self.fc(self.layer2(self.layer1(x)).flatten(1))


def load_file(path):
    """torch.load, or what safetensors.torch.load_file does."""
    if path.endswith(".pt"):
        return torch.load(path, weights_only=True)
    types = {"F32": torch.float32, "I64": torch.int64}
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(bytearray(data[slice(*entry["data_offsets"])]), dtype=types[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
    }


def idx(path, header, samples, size):
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        file.seek(header)
        return torch.frombuffer(bytearray(file.read(samples * size)), dtype=torch.uint8)


arguments = argparse.ArgumentParser()
for name in ("--model", "--kind", "--images", "--labels", "--save"):
    arguments.add_argument(name, required=True)
arguments.add_argument("--samples", type=int, required=True)
chosen = arguments.parse_args()

torch.set_num_threads(1)
model = {"softmax": Softmax, "mlp": Mlp, "cnn": Cnn}[chosen.kind]()
state = load_file(chosen.model)
model.load_state_dict(state, strict=True)
assert all(state[name].dtype == tensor.dtype for name, tensor in model.state_dict().items())
torch.save(model.state_dict(), chosen.save)
model.eval()
images = idx(chosen.images, 16, chosen.samples, 784).reshape(-1, 1, 28, 28) / 255
labels = idx(chosen.labels, 8, chosen.samples, 1).long()
with torch.no_grad():
    logits = model(images)
print(json.dumps({
    "names": sorted(model.state_dict()),
    "correct": int((logits.argmax(1) == labels).sum()),
    "loss": float(nn.functional.cross_entropy(logits, labels)),
}))
