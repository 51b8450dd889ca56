#!/usr/bin/python3
"""Trains, exports and evaluates the two networks of this folder that classify handwritten digits of 8x8 pixels.

    models/train_digits.py                    train both networks, write every file beside this script
    models/train_digits.py --evaluate-only    re-evaluate the files that are there; fails when accuracy.json differs

It also fails when a result is ambiguous, i.e. could come out differently in another correct implementation.

Training uses PyTorch. What counts is evaluated without it: the exported ONNX file is executed by a numpy evaluator, in
float64, on the images of the exported IDX files. See README.md for the source of the data and quantised_training.py for
the models, their export and the evaluator.
"""

import argparse
import sys
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
    write_idx,
)

PRODUCER = "spinvp models/train_digits.py"
DATA_SOURCE = (
    "Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak), UCI Machine Learning Repository, "
    "as bundled with scikit-learn (load_digits); data licence CC BY 4.0"
)
IMAGES_FILE = "digits-test-images-idx3-ubyte"
LABELS_FILE = "digits-test-labels-idx1-ubyte"
ACCURACY_FILE = "accuracy.json"
TEST_IMAGES = 360
SPLIT_SEED = 2024

# As quantised_training.py explains, and a seed: the first one (from 1) whose network leaves nothing ambiguous on the
# test images, i.e. no tie of the best scores and no value on a rounding boundary.
ARCHITECTURES = {
    "digits_ternary": {
        "input_shape": (1, 8, 8),
        "weights": "ternary",
        "activation_bits": 2,
        "blocks": [
            {"channels": 20},
            {"channels": 24, "pool": "MaxPool", "pool_stage": "before"},
            {"channels": 32, "pool": "MaxPool", "pool_stage": "after"},
        ],
        "seed": 3,
    },
    "digits_binary": {
        "input_shape": (1, 8, 8),
        "weights": "binary",
        "activation_bits": 1,
        "blocks": [
            {"channels": 32},
            {"channels": 32, "stride": 2},
            {"channels": 48, "pool": "AveragePool", "pool_stage": "after"},
        ],
        "seed": 2,
    },
}


def load_digits_split():
    """(train images, train labels, test images, test labels); images uint8 [N, 8, 8], scaled from 0..16 to 0..255."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images = np.round(digits.images * 255.0 / 16.0).astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    train_images, test_images, train_labels, test_labels = train_test_split(
        images, labels, test_size=TEST_IMAGES, random_state=SPLIT_SEED, stratify=labels
    )
    return train_images, train_labels, test_images, test_labels


def train(architecture, images, labels, epochs, log):
    """A trained model whose batch norms hold the statistics of the whole training set."""
    import torch

    start_training(architecture["seed"])
    inputs = torch.from_numpy(images.astype(np.float32) / 255.0).unsqueeze(1)
    targets = torch.from_numpy(labels.astype(np.int64))
    model = build_model(architecture)

    def after_epoch(epoch, loss):
        if epoch % 20 == 0:
            log(f"  epoch {epoch}/{epochs}: loss {loss:.4f}")

    fit(model, inputs, targets, epochs, batch=64, learning_rate=5e-3, after_epoch=after_epoch)
    for norm in model.norms:
        norm.momentum = 1.0  # the next forward pass replaces the running statistics
    with torch.no_grad():
        model(inputs)
    return model.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, default=Path(__file__).resolve().parent,
                        help="where the files are written and read (default: beside this script)")
    parser.add_argument("--evaluate-only", action="store_true",
                        help="do not train: evaluate the files that are there and compare with accuracy.json")
    parser.add_argument("--epochs", type=int, default=120, help="training epochs of each network (default: 120)")
    parser.add_argument("--dump-layers", type=Path, metavar="FILE.npz",
                        help="write the float64 output of every node, named network/node, for all test images")
    arguments = parser.parse_args()
    directory = arguments.directory

    if not arguments.evaluate_only:
        directory.mkdir(parents=True, exist_ok=True)
        train_images, train_labels, test_images, test_labels = load_digits_split()
        write_idx(directory / IMAGES_FILE, test_images)
        write_idx(directory / LABELS_FILE, test_labels)
        for name, architecture in ARCHITECTURES.items():
            print(f"training {name} on {len(train_images)} images")
            model = train(architecture, train_images, train_labels, arguments.epochs, print)
            doc_string = (f"Handwritten digits 8x8, {architecture['weights']} weights, "
                          f"{architecture['activation_bits']}-bit activations. Trained on: {DATA_SOURCE}.")
            properties = {"data_source": DATA_SOURCE, "data_licence": "CC-BY-4.0"}
            exported = export_onnx(name, architecture, model, PRODUCER, doc_string, properties)
            onnx.save(exported, str(directory / f"{name}.onnx"))

    images = read_idx(directory / IMAGES_FILE)
    labels = read_idx(directory / LABELS_FILE)
    entries = []
    layers = {}
    exit_code = 0
    for name in ARCHITECTURES:
        path = directory / f"{name}.onnx"
        entry, ambiguous = evaluate(path, images, labels, print, layers)
        entries.append(entry)
        if ambiguous:
            print(f"{path}: {ambiguous} ambiguous results (see above); train with another seed", file=sys.stderr)
            exit_code = 1
    if arguments.dump_layers:
        np.savez_compressed(arguments.dump_layers, **layers)

    accuracy_path = directory / ACCURACY_FILE
    if not arguments.evaluate_only:
        write_entries(accuracy_path, entries)
    elif not holds_entries(accuracy_path, entries):
        print(f"{accuracy_path} differs from what was just computed", file=sys.stderr)
        exit_code = 1
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
