#!/usr/bin/python3
"""Trains, exports and evaluates the three LeNet-5 of this folder on MNIST.

    models/train_lenet5.py --data DIR                    train all, write every network beside this script
    models/train_lenet5.py --data DIR --only NAME        train one
    models/train_lenet5.py --data DIR --evaluate-only    re-evaluate the files; fails when accuracy.json differs

DIR holds MNIST's four IDX files, plain or gzip-compressed. It also fails when a result is ambiguous, i.e. could come
out differently in another correct implementation. Training and validation use the 60,000 training images only; the
test images certify. See README.md and quantised_training.py.
"""

import argparse
import copy
import sys
import time
from pathlib import Path

import numpy as np
import onnx

from quantised_training import (
    build_model,
    evaluate,
    export_onnx,
    fit,
    holds_entries,
    read_idx,
    start_training,
    write_entries,
)

PRODUCER = "spinvp models/train_lenet5.py"
DATA_SOURCE = "The MNIST database of handwritten digits (Y. LeCun, C. Cortes, C. J. C. Burges)"
ACCURACY_FILE = "accuracy.json"
VALIDATION_IMAGES = 5000
SPLIT_SEED = 2024
SEED = 1
FIRST_IMAGES = 1000  # of the test images, counted apart for quick tests
CANDIDATES = 3  # the last epochs, of which validation chooses


def lenet5(weights, activation_bits, epochs):
    """20-50-500. Pooling before batch norm lets a pooled maximum be as fine as the sums are. The last layer has 8-bit
    weights: sums of a few hundred levels times -1, 0, +1 are often equal for two classes."""
    return {
        "input_shape": (1, 28, 28),
        "weights": weights,
        "last_weights": "integer8",
        "activation_bits": activation_bits,
        "epochs": epochs,
        "blocks": [
            {"channels": 20, "kernel": 5, "padding": 0, "pool": "MaxPool", "pool_stage": "before",
             "negative_gains": 0},
            {"channels": 50, "kernel": 5, "padding": 0, "pool": "MaxPool", "pool_stage": "before",
             "negative_gains": 0},
            {"channels": 500, "kernel": None, "negative_gains": 0},
        ],
    }


ARCHITECTURES = {
    "lenet5_1_1": lenet5("binary", 1, epochs=24),
    "lenet5_1_2": lenet5("binary", 2, epochs=24),
    "lenet5_ternary_2": lenet5("ternary", 2, epochs=6),
}


def load_mnist(directory, part):
    """(images uint8 [N, 28, 28], labels) of part "train" or "t10k"."""

    def read(kind):
        for ending in ("", ".gz"):
            path = directory / f"{part}-{kind}-ubyte{ending}"
            if path.exists():
                return read_idx(path)
        raise SystemExit(f"{directory}: holds neither {part}-{kind}-ubyte nor {part}-{kind}-ubyte.gz")

    return read("images-idx3"), read("labels-idx1")


def augment(images):
    """Rotated by up to 10 degrees, scaled by up to 8 %, sheared by up to 0.1, shifted by up to two pixels; 8-bit
    levels again."""
    import torch
    from torch.nn import functional

    def uniform(limit):
        return limit * (2 * torch.rand(len(images)) - 1)

    angle, scale, shear = uniform(np.pi / 18), 1 + uniform(0.08), uniform(0.1)
    transform = torch.stack(
        [
            torch.stack([scale * angle.cos(), shear - scale * angle.sin(), uniform(2 / 14)], dim=1),
            torch.stack([scale * angle.sin(), scale * angle.cos(), uniform(2 / 14)], dim=1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(transform, images.shape, align_corners=False)
    return torch.round(functional.grid_sample(images, grid, align_corners=False) * 255) / 255


def with_final_statistics(model, inputs):
    """A copy in evaluation mode whose batch norms hold the statistics of `inputs`."""
    import torch

    final = copy.deepcopy(model)
    for norm in final.norms:
        norm.reset_running_stats()
        norm.momentum = None  # the average of all batches
    final.train()
    with torch.no_grad():
        for part in inputs.split(1000):
            final(part)
    return final.eval()


def count_correct(model, inputs, targets):
    import torch

    with torch.no_grad():
        return sum(
            int((model(part).argmax(dim=1) == answers).sum())
            for part, answers in zip(inputs.split(1000), targets.split(1000))
        )


def train(architecture, images, labels, epochs, log):
    """Trained models of the last epochs, those with the most correct validation images first, later epochs first among
    equals."""
    import torch

    start_training(SEED)
    inputs = torch.from_numpy(images.astype(np.float32) / 255.0).unsqueeze(1)
    targets = torch.from_numpy(labels.astype(np.int64))
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(SPLIT_SEED))
    held_out, kept = order[:VALIDATION_IMAGES], order[VALIDATION_IMAGES:]
    model = build_model(architecture).to(memory_format=torch.channels_last)  # faster convolutions, same sums
    candidates = []
    started = time.monotonic()

    def after_epoch(epoch, loss):
        last = epoch > epochs - CANDIDATES
        judged = with_final_statistics(model, inputs[kept]) if last else model.eval()
        correct = count_correct(judged, inputs[held_out], targets[held_out])
        log(f"  epoch {epoch}/{epochs}: loss {loss:.4f}, {correct} of {VALIDATION_IMAGES} validation images correct, "
            f"{time.monotonic() - started:.0f} s")
        if last:
            candidates.insert(0, (correct, judged))

    fit(model, inputs[kept], targets[kept], epochs, batch=100, learning_rate=4e-3, after_epoch=after_epoch,
        augment=augment)
    return [model for _, model in sorted(candidates, key=lambda candidate: -candidate[0])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder of MNIST's IDX files")
    parser.add_argument("--directory", type=Path, default=Path(__file__).resolve().parent,
                        help="where the files are written and read (default: beside this script)")
    parser.add_argument("--only", choices=list(ARCHITECTURES), help="this network alone (default: all)")
    parser.add_argument("--evaluate-only", action="store_true",
                        help="do not train: evaluate the files that are there and compare with accuracy.json")
    parser.add_argument("--epochs", type=int, help="training epochs (default: each network's own)")
    arguments = parser.parse_args()
    directory = arguments.directory
    accuracy_path = directory / ACCURACY_FILE
    test_images, test_labels = load_mnist(arguments.data, "t10k")

    def log(line):
        print(line, flush=True)

    exit_code = 0
    for name in [arguments.only] if arguments.only else ARCHITECTURES:
        path = directory / f"{name}.onnx"
        if arguments.evaluate_only:
            entry, ambiguous = evaluate(path, test_images, test_labels, log, first=FIRST_IMAGES)
        else:
            directory.mkdir(parents=True, exist_ok=True)
            train_images, train_labels = load_mnist(arguments.data, "train")
            log(f"training {name} on {len(train_images) - VALIDATION_IMAGES} images")
            architecture = ARCHITECTURES[name]
            epochs = arguments.epochs or architecture["epochs"]
            for model in train(architecture, train_images, train_labels, epochs, log):
                doc_string = (f"LeNet-5, {architecture['weights']} weights, {architecture['activation_bits']}-bit "
                              f"activations, 8-bit weights in the last layer. Trained on: {DATA_SOURCE}.")
                exported = export_onnx(name, architecture, model, PRODUCER, doc_string, {"data_source": DATA_SOURCE})
                onnx.save(exported, str(path))
                entry, ambiguous = evaluate(path, test_images, test_labels, log, first=FIRST_IMAGES)
                if not ambiguous:
                    break
            write_entries(accuracy_path, [entry])
        if ambiguous:
            print(f"{path}: {ambiguous} ambiguous results (see above); train with another seed", file=sys.stderr)
            exit_code = 1
        if arguments.evaluate_only and not holds_entries(accuracy_path, [entry]):
            print(f"{accuracy_path} differs from what was just computed", file=sys.stderr)
            exit_code = 1
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
