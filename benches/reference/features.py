"""What a data scientist would compute of each account from the events alone, in an afternoon.

Nothing here knows the simulator: counts of devices, addresses and numbers; accounts on them; bursts of
registrations; cadence, sizes and input of tasks; and what those on the same device, address or number
block look like. Countries are not looked at.
"""

import re
from pathlib import Path

import numpy as np
import orjson
import pandas as pd

HOUR, DAY = 3600.0, 86400.0
RUN_OF_LETTERS, RUN_OF_DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")


class Codes:
    """Numbers values in the order of their first mention; -1 for what is missing."""

    def __init__(self):
        self.numbers = {}

    def __call__(self, value):
        if not value:
            return -1
        return self.numbers.setdefault(value, len(self.numbers))


def seconds(text):
    return np.datetime64(text.rstrip("Z"), "us").astype("int64") / 1e6 if text else np.nan


def network(address):
    """The /24 of an IPv4 address, the /48 of an IPv6 address."""
    if not address:
        return ""
    return address.rsplit(".", 1)[0] if "." in address else ":".join(address.split(":")[:3])


def skeleton(name):
    return RUN_OF_DIGITS.sub("0", RUN_OF_LETTERS.sub("a", name))


def read_events(path):
    """One row an event. Lines that are broken are left out, as the service leaves them out."""
    account, device, hardware, address, block, phone, prefix, kind, surface, model, version, name = (
        Codes() for _ in range(12)
    )
    rows, names = [], {}
    with open(path, "rb") as file:
        for line in file:
            try:
                event = orjson.loads(line)
                moment = seconds(event["occurredAt"])
            except (ValueError, KeyError):
                continue
            machine, task = event.get("device") or {}, event.get("task") or {}
            number, ip = event.get("phoneNumber") or "", event.get("ipAddress") or ""
            who = account(event.get("accountId"))
            if event.get("displayName"):
                names[who] = event["displayName"]
            started, completed = task.get("startedAt"), task.get("completedAt")
            rows.append(
                (
                    who,
                    moment,
                    kind(event.get("eventType")),
                    device(machine.get("deviceId")),
                    hardware(machine.get("hardwareFingerprint")),
                    address(ip),
                    block(network(ip)),
                    phone(number),
                    prefix(number[:-3]),
                    surface(event.get("surface")),
                    model((machine.get("platform"), machine.get("model"))),
                    version(machine.get("clientVersion")),
                    len(machine.get("emulatorSignals") or ()),
                    float(task.get("tokens", "nan")) if completed else np.nan,
                    seconds(started) if completed else np.nan,
                    seconds(completed) if completed else np.nan,
                    float(task.get("inputEvents", -1)) if completed else np.nan,
                )
            )
    columns = (
        "account moment kind device hardware address block phone prefix surface model version signals"
        " tokens started completed input"
    ).split()
    events = pd.DataFrame.from_records(rows, columns=columns)
    registration = kind.numbers.get("EVENT_TYPE_REGISTRATION", -2)
    names = pd.Series(names)
    return events, account, registration, names


def others_within(frame, key, window):
    """Of each row, how many others of the same key lie within a window of its moment."""
    frame = frame[frame[key] >= 0].sort_values([key, "moment"])
    offset = frame[key].to_numpy() * 1e12
    moments = frame["moment"].to_numpy() + offset
    low = np.searchsorted(moments, moments - window, "left")
    high = np.searchsorted(moments, moments + window, "right")
    return pd.Series(high - low - 1, index=frame["account"].to_numpy())


def spread(values, by):
    """Coefficient of variation by account."""
    grouped = values.groupby(by)
    return grouped.std() / grouped.mean().replace(0, np.nan)


def account_features(path):
    """One row an account, indexed by its id."""
    events, codes, registration, names = read_events(path)
    by = events.groupby("account")
    features = pd.DataFrame({"events": by.size()})
    for column in ("device", "hardware", "address", "block", "phone", "model", "version", "surface"):
        pairs = events.loc[events[column] >= 0, ["account", column]].drop_duplicates()
        features[f"{column}s"] = pairs.groupby("account").size()
        if column in ("surface", "version", "model"):
            continue
        pairs["on"] = pairs.groupby(column)["account"].transform("size")
        on = pairs.groupby("account")["on"]
        features[f"{column}_most"], features[f"{column}_least"] = on.max(), on.min()
        features[f"{column}_mean"] = on.mean()

    first = events[events["kind"] == registration].sort_values("moment").drop_duplicates("account")
    first = first.set_index("account", drop=False)
    first["name"] = pd.factorize(names.map(skeleton).reindex(first.index))[0]
    first["name_block"] = np.where(
        (first["name"] >= 0) & (first["block"] >= 0), first["name"] * 10_000_000 + first["block"], -1
    )
    features["registered"] = pd.Series(1, index=first.index)
    for key in ("device", "hardware", "address", "block", "prefix", "name_block"):
        for label, window in (("hour", HOUR), ("day", DAY)):
            features[f"registered_{key}_{label}"] = others_within(first, key, window)
    any_registration = first.assign(everybody=0)
    features["registered_anywhere_hour"] = others_within(any_registration, "everybody", HOUR)
    features["registered_hour_of_day"] = (first["moment"] / HOUR) % 24

    features["signals_most"], features["signals_mean"] = by["signals"].max(), by["signals"].mean()
    features["days"] = (by["moment"].max() - by["moment"].min()) / DAY
    hour = (events["moment"] // HOUR % 24).astype(int)
    hours = pd.crosstab(events["account"], hour, normalize="index").to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        features["hour_entropy"] = -np.nansum(np.where(hours > 0, hours * np.log2(hours), 0), axis=1)
    features["night_share"] = hour.isin(range(18, 22)).groupby(events["account"]).mean()
    elsewhere = events["device"] != events["account"].map(first["device"])
    features["away_from_first_device"] = elsewhere.groupby(events["account"]).mean()
    add_task_features(features, events)
    add_name_features(features, names)
    add_neighbours(features, events, first)
    features.index = pd.Index(list(codes.numbers))[features.index]
    return features


def add_task_features(features, events):
    tasks = events[events["completed"].notna()].sort_values(["account", "started"])
    by = tasks.groupby("account")
    account = tasks["account"]
    features["tasks"] = by.size()
    features["tokens_mean"], features["tokens_sum"] = by["tokens"].mean(), by["tokens"].sum()
    features["tokens_spread"] = spread(tasks["tokens"], account)
    features["tokens_distinct"] = by["tokens"].nunique() / by.size()
    length = tasks["completed"] - tasks["started"]
    features["length_mean"], features["length_spread"] = length.groupby(account).mean(), spread(length, account)
    features["speed_mean"] = (tasks["tokens"] / length.clip(lower=1)).groupby(account).mean()
    gap = by["started"].diff()
    features["gap_median"], features["gap_spread"] = gap.groupby(account).median(), spread(gap, account)
    features["gap_least"] = gap.groupby(account).min()
    told = tasks["input"].where(tasks["input"] >= 0)
    features["input_mean"], features["input_spread"] = told.groupby(account).mean(), spread(told, account)
    features["input_zero"] = (told == 0).groupby(account).mean()
    features["input_missing"] = told.isna().groupby(account).mean()
    second = tasks["started"] % 60
    features["second_spread"] = second.groupby(account).std()
    features["busy_share"] = (gap < 60).groupby(account).mean()
    # Lockstep: how many accounts start a task in the same ten seconds, of the same size to a per cent.
    slot = (tasks["started"] // 10).astype("int64") * 10_000 + (np.log(tasks["tokens"].clip(lower=1)) * 100).astype(int)
    same = tasks.assign(slot=slot).groupby("slot")["account"].transform("nunique")
    features["lockstep"] = same.groupby(account).mean()


def add_name_features(features, names):
    named = names.reindex(features.index)
    features["name_length"] = named.str.len()
    features["name_digits"] = named.str.count(r"\d")
    features["name_skeleton_on"] = named.map(skeleton, na_action="ignore").map(
        named.map(skeleton, na_action="ignore").value_counts()
    )


def add_neighbours(features, events, first):
    """Means of what the others on the same device, address and number block do."""
    own = ["tokens_spread", "gap_spread", "input_zero", "input_mean", "hour_entropy", "tasks", "days"]
    for column in ("device", "address", "prefix"):
        pairs = events.loc[events[column] >= 0, ["account", column]].drop_duplicates()
        pairs = pairs.join(features[own], on="account")
        means = pairs.groupby(column)[own].mean()
        back = pairs[["account", column]].join(means, on=column).groupby("account")[own].mean()
        for name in own:
            features[f"{column}_{name}"] = back[name]
    main = first["device"].where(first["device"] >= 0)
    features["registered_device_accounts"] = main.map(main.value_counts())


def labelled(folder):
    """Features of a data set's accounts, and their truth, in the order of the truth."""
    folder = Path(folder)
    with (folder / "truth.jsonl").open("rb") as file:
        truth = pd.DataFrame([orjson.loads(line) for line in file]).set_index("account_id")
    features = account_features(folder / "events.jsonl")
    return features.reindex(truth.index), truth
