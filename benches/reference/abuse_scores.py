#!/usr/bin/env python3
"""A reference for the abuse score: what a usual model makes of the same events.

    abuse_scores.py --train SET… --test SET --out DIR [--model lightgbm|isolation-forest]

Trains on other sets than it is tested on, never on the tested one, and writes DIR/scores.jsonl, which
`sameuser evaluate --data-set SET --answers DIR` judges by the same measures as the service. Prints its
area under ROC and its recall where 0.01%, 0.1% and 1% of honest accounts are flagged. The isolation
forest sees no labels. Abusive accounts are those of the truth's abuse labels; duplicates are left out.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from features import labelled

RATES = (0.0001, 0.001, 0.01)


def log(words):
    print(words, file=sys.stderr, flush=True)


def judged(truth):
    return truth["label"] != "duplicate_account"


def abusive(truth):
    return (truth["label"] != "legitimate").to_numpy()


def boosted(train, test):
    """LightGBM learnt from (features, labels, weights); the last of `train` says when to stop."""
    import lightgbm

    *fitted, held_out = train
    features = pd.concat([features for features, _, _ in fitted])
    model = lightgbm.LGBMClassifier(
        n_estimators=1500,
        learning_rate=0.03,
        num_leaves=31,
        min_child_samples=40,
        subsample=0.8,
        subsample_freq=1,
        colsample_bytree=0.5,
        reg_lambda=5.0,
        random_state=1,
        n_jobs=1,
        verbose=-1,
    )
    model.fit(
        features,
        np.concatenate([labels for _, labels, _ in fitted]),
        sample_weight=np.concatenate([weights for _, _, weights in fitted]),
        eval_X=held_out[0],
        eval_y=held_out[1],
        eval_metric="average_precision",
        callbacks=[lightgbm.early_stopping(100, verbose=False)],
    )
    gain = pd.Series(model.booster_.feature_importance("gain"), index=features.columns)
    strongest = gain.sort_values(ascending=False).head(12) / gain.sum()
    log("strongest features: " + ", ".join(f"{name} {share:.0%}" for name, share in strongest.items()))
    return model.predict_proba(test)[:, 1]


def isolated(train, test):
    """An isolation forest of the same features; it sees no labels."""
    from sklearn.ensemble import IsolationForest

    features = pd.concat([features for features, _, _ in train])
    usual = features.median()
    model = IsolationForest(n_estimators=300, max_samples=2048, random_state=1, n_jobs=1)
    model.fit(features.fillna(usual))
    odd = -model.score_samples(test.fillna(usual))
    return (odd - odd.min()) / max(np.ptp(odd), 1e-9)


MODELS = {"lightgbm": boosted, "isolation-forest": isolated}


def recall_at(scores, positive, rate):
    """Recall at the lowest threshold that flags at most this share of honest accounts."""
    honest = np.sort(scores[~positive])[::-1]
    allowed = int(rate * len(honest))
    return float((scores[positive] > honest[allowed]).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", nargs="+", required=True, metavar="SET")
    parser.add_argument("--test", required=True, metavar="SET")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR")
    parser.add_argument("--model", choices=MODELS, default="lightgbm")
    arguments = parser.parse_args()
    if arguments.model == "lightgbm" and len(arguments.train) < 2:
        parser.error("lightgbm needs two training sets: one to learn from, one to say when to stop")
    if arguments.test in arguments.train:
        parser.error("the tested set must not be trained on")

    train = []
    for number, folder in enumerate(arguments.train, 1):
        began = time.monotonic()
        features, truth = labelled(folder)
        kept = judged(truth)
        train.append((features[kept], abusive(truth[kept]), np.ones(kept.sum())))
        log(f"{number} of {len(arguments.train)}: {folder}: {kept.sum()} accounts, {time.monotonic() - began:.0f} s")
    features, truth = labelled(arguments.test)
    fit = MODELS[arguments.model]
    scores = fit(train, features)

    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "scores.jsonl").open("w", encoding="utf-8") as file:
        for account, score in zip(truth.index, scores):
            line = {"account_id": account, "abuse_probability": round(float(score), 6), "scored": True}
            file.write(json.dumps(line) + "\n")
    kept = judged(truth).to_numpy()
    scores, positive = scores[kept], abusive(truth[kept])
    print(
        json.dumps(
            {
                "model": arguments.model,
                "train": arguments.train,
                "test": arguments.test,
                "roc_area": round(roc_auc_score(positive, scores), 4),
                "average_precision": round(average_precision_score(positive, scores), 4),
                "recall_at": {str(rate): round(recall_at(scores, positive, rate), 4) for rate in RATES},
            }
        )
    )


if __name__ == "__main__":
    main()
