"""PyTorch trains what ./cluster train trains, as fast as it can without a DataLoader: what MiniBatch is measured against.

One process, or several with DistributedDataParallel over gloo. Each reads the same IDX files into memory as float32 and takes
its share of every global batch; one thread each. Writes a BenchReport (src/Shared/Runs/BenchReport.cs) as JSON.
"""
import argparse
import datetime
import gzip
import json
import os
import platform
import subprocess
import sys
import time

import torch
import torch.distributed
from torch import nn
from torch.nn.parallel import DistributedDataParallel


def softmax():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 10))


def mlp():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 50, bias=False), nn.BatchNorm1d(50), nn.ReLU(inplace=True), nn.Dropout(0.5),
        nn.Linear(50, 10, bias=False))


def cnn():
    linear = nn.Linear(7 * 7 * 64, 10)
    nn.init.xavier_uniform_(linear.weight)
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(inplace=True),
        nn.Conv2d(32, 64, 3, padding=1), nn.MaxPool2d(2), nn.ReLU(inplace=True),
        nn.Flatten(), linear)


MODELS = {"softmax": softmax, "mlp": mlp, "cnn": cnn}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=MODELS, required=True)
    parser.add_argument("--optimizer", choices=("sgd", "momentum", "adam"), required=True)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--momentum", type=float)
    parser.add_argument("--beta1", type=float)
    parser.add_argument("--beta2", type=float)
    parser.add_argument("--epsilon", type=float)
    parser.add_argument("--images", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--samples", type=int, required=True, help="use the first N")
    parser.add_argument("--batch", type=int, required=True, help="samples of a step, over all processes")
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--device", default="cpu", help="cpu, or of one process cuda:N")
    parser.add_argument("--report", required=True)
    return parser.parse_args()


def read_idx(path, header):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()[header:]), dtype=torch.uint8)


def make_optimizer(options, parameters):
    if options.optimizer == "adam":
        return torch.optim.Adam(parameters, options.lr, (options.beta1, options.beta2), options.epsilon)
    momentum = options.momentum if options.optimizer == "momentum" else 0
    return torch.optim.SGD(parameters, options.lr, momentum)


def train(options, rank):
    device = torch.device(options.device)
    torch.backends.cudnn.allow_tf32 = False  # float32 on every system
    # [N, 1, 28, 28] float32 in [0, 1], scaled once: MiniBatch scales every batch from uint8.
    images = read_idx(options.images, 16).view(-1, 1, 28, 28)[: options.samples].float().div_(255).to(device)
    labels = read_idx(options.labels, 8)[: options.samples].long().to(device)  # [N] int64
    torch.manual_seed(0)
    model = MODELS[options.model]().to(device)
    if device.type == "cpu":
        model = model.to(memory_format=torch.channels_last)  # as MiniBatch's images are, on the CPU
    parameter_count = sum(parameter.numel() for parameter in model.parameters())
    if options.processes > 1:
        model = DistributedDataParallel(model)
    model.train()
    optimizer = make_optimizer(options, model.parameters())
    shuffle = torch.Generator().manual_seed(0)  # of its own, so that every process draws the same order
    steps = options.samples // options.batch
    share = options.batch // options.processes
    epochs = []
    for _ in range(options.epochs):
        started = time.perf_counter()
        order = torch.randperm(options.samples, generator=shuffle).to(device)
        for step in range(steps):
            first = step * options.batch + rank * share
            chosen = order[first : first + share]
            optimizer.zero_grad(set_to_none=True)
            logits = model(images.index_select(0, chosen))  # [share, 10]
            loss = nn.functional.cross_entropy(logits, labels.index_select(0, chosen))
            loss.backward()
            optimizer.step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        epochs.append({"samples": steps * options.batch, "seconds": time.perf_counter() - started})
    ended = datetime.datetime.now(datetime.timezone.utc)
    return {
        "engine": f"PyTorch {torch.__version__}, Python {platform.python_version()}",
        "parameterCount": parameter_count,
        "lastLoss": loss.item(),
        "epochs": epochs,
        "ended": ended.isoformat(),
    }


def main():
    options = arguments()
    torch.set_num_threads(1)
    if options.processes == 1:
        report = train(options, rank=0)
    else:
        # The first process starts the others as itself with a rank. They meet at a file: no port to be taken.
        rank = int(os.environ.get("RANK", "0"))
        others = [] if rank else [
            subprocess.Popen([sys.executable, *sys.argv], env={**os.environ, "RANK": str(other)})
            for other in range(1, options.processes)]
        torch.distributed.init_process_group(
            "gloo", init_method="file://" + os.path.abspath(options.report) + ".meet",
            rank=rank, world_size=options.processes, timeout=datetime.timedelta(minutes=1))
        report = train(options, rank)
        torch.distributed.destroy_process_group()
        if any(other.wait() for other in others):
            sys.exit("a process of the group failed")
        if rank:
            return
    with open(options.report, "w", encoding="ascii") as file:
        json.dump(report, file)


if __name__ == "__main__":
    main()
