"""Makes the simulator's catalogues from the public data sets that README.md beside this file names.

usage: extract.py FOLDER_OF_DATA_SETS FOLDER_TO_WRITE
"""

import collections
import csv
import gzip
import ipaddress
import json
import random
import re
import sys
from pathlib import Path

source, target = Path(sys.argv[1]), Path(sys.argv[2])
random.seed(20261122)


def lines(name):
    with gzip.open(source / name, "rt") as file:
        return [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]


# -- operating systems, by the weights of real browser profiles ---------------------------------
profiles = json.load(gzip.open(source / "device/user_agents.json.gz"))
versions = collections.defaultdict(collections.Counter)
for profile in profiles:
    agent, weight = profile["userAgent"], profile["weight"]
    if found := re.search(r"iPhone OS (\d+)_(\d+)(?:_(\d+))?", agent):
        versions["ios"][".".join(part for part in found.groups() if part)] += weight
    elif found := re.search(r"Android (\d+)", agent):
        versions["android"][found[1]] += weight
with open(target / "os_versions.tsv", "w") as out:
    for platform in sorted(versions):
        total = sum(versions[platform].values())
        for version, weight in versions[platform].most_common(14):
            out.write(f"{platform}\t{version}\t{round(weight / total * 10000) + 1}\n")
    # Browsers freeze the version of desktop systems, so these are our own guess for mid 2026.
    for line in ["windows 11.0.26200 46", "windows 11.0.26100 24", "windows 11.0.22631 10",
                 "windows 10.0.19045 20", "macos 26.5 30", "macos 26.4.1 14", "macos 15.7.3 26",
                 "macos 15.6 10", "macos 14.8 14", "macos 13.7.8 6", "linux Ubuntu-24.04 5",
                 "linux Ubuntu-22.04 3", "linux Fedora-44 2", "linux Debian-13 2", "linux UOS-20 3"]:
        out.write(line.replace(" ", "\t") + "\n")

# -- models of phones: certified devices of the brands in use --------------------------------------
# Brand weights are ours: roughly the shipments in China with a tail of other markets.
brands = {"Xiaomi": 17, "Redmi": 9, "Huawei": 18, "HONOR": 13, "Oppo": 14, "Vivo": 16, "OnePlus": 4,
          "Realme": 4, "Samsung": 14, "Motorola": 3, "Google": 3, "Infinix": 2, "Tecno": 2}
certified = collections.defaultdict(list)
for device in json.load(gzip.open(source / "device/android_devices.json.gz")):
    for brand in brands:
        fits = re.fullmatch(r"[\x20-\x7e]{3,24}", device["model"])
        if device["brand"].lower() == brand.lower() and fits:
            certified[brand].append(device["model"])
with open(target / "phones.tsv", "w") as out:
    for brand, share in brands.items():
        models = sorted(set(certified[brand]))
        random.shuffle(models)
        models = models[:45]
        harmonic = sum(1 / (rank + 3) for rank in range(len(models)))
        for rank, model in enumerate(models):
            weight = share / (rank + 3) / harmonic if models else 0
            out.write(f"android\t{model}\t{max(1, round(weight * 1000))}\n")

# -- networks --------------------------------------------------------------------------------------
listed = sorted(
    (int(network.network_address), int(network.broadcast_address))
    for name in ["ip/x4b_datacenter_ipv4.txt.gz", "ip/x4b_vpn_ipv4.txt.gz"]
    for network in map(ipaddress.ip_network, lines(name))
)


def is_listed(start, end):
    return any(low <= end and start <= high for low, high in listed)


providers = [  # class, country, how the organisation is named
    ("home", "CN", r"^(CHINA UNICOM China169 Backbone|Chinanet|CHINANET)"),
    ("mobile", "CN", r"China Mobile [Cc]ommunications|China Mobile Communicaitons"),
    ("home", "US", r"^(Comcast Cable|Charter Communications|Verizon Business|AT&T Enterprises|Cox Communications)"),
    ("mobile", "US", r"^(T-Mobile USA|Cellco Partnership)"),
    ("home", "IN", r"^(BSNL|Bharti Airtel|Reliance Jio|National Internet Backbone)"),
    ("mobile", "IN", r"^(Reliance Jio|Vodafone Idea|Bharti Airtel)"),
    ("home", "DE", r"^(Deutsche Telekom|Vodafone GmbH|1&1 Versatel)"),
    ("mobile", "DE", r"^(Telefonica Germany|Vodafone GmbH)"),
    ("home", "JP", r"^(NTT Communications|NTT DOCOMO BUSINESS|KDDI|SoftBank|OPTAGE)"),
    ("mobile", "JP", r"^(KDDI|SoftBank|NTT DOCOMO)"),
    ("home", "BR", r"^(Claro NXT|TELEFONICA BRASIL|V tal)"),
    ("mobile", "BR", r"^(TIM S|Claro|TELEFONICA BRASIL)"),
    ("home", "RU", r"^(PJSC Rostelecom|PVimpelCom|JSC \"ER-Telecom)"),
    ("mobile", "RU", r"(MTS PJSC|PJSC MegaFon|T2 Mobile)"),
    ("home", "ID", r"(Telekomunikasi Indonesia|TELKOM)"),
    ("mobile", "ID", r"(Telekomunikasi Selular|INDOSAT|XL Axiata)"),
    ("home", "NG", r"(MTN NIGERIA|Spectranet|Globacom)"),
    ("mobile", "NG", r"(MTN NIGERIA|Airtel Networks|Emerging Markets)"),
    ("home", "HK", r"(HKT Limited|Hong Kong Broadband|HGC Global)"),
    ("mobile", "HK", r"(HKT Limited|SmarTone|China Mobile Hong Kong|Hutchison)"),
]
countries = [tuple(row) for row in csv.reader(lines("ip/country_ipv4_num.csv.gz"))]
starts = [int(row[0]) for row in countries]


def country_of(address):
    import bisect

    row = countries[bisect.bisect_right(starts, address) - 1]
    return row[2] if int(row[0]) <= address <= int(row[1]) else None


found = collections.defaultdict(list)
for start, end, _, organisation in csv.reader(lines("ip/asn_ipv4_num.csv.gz")):
    start, end = int(start), int(end)
    if end - start < 16383:
        continue
    for kind, country, pattern in providers:
        if re.search(pattern, organisation):
            # The largest aligned /18s inside.
            for base in range(-(-start // 16384) * 16384, end - 16382, 16384):
                found[kind, country].append(base)
with open(target / "networks.tsv", "w") as out:
    for (kind, country), bases in sorted(found.items()):
        bases = sorted(set(bases))
        random.shuffle(bases)
        kept = 0
        for base in bases:
            if kept == (160 if country == "CN" else 24):
                break
            if country_of(base) == country and not is_listed(base, base + 16383):
                out.write(f"{kind}\t{country}\t{ipaddress.ip_address(base)}/18\n")
                kept += 1
        print(kind, country, len(bases), kept)
    for kind, name, count in [("hosting", "ip/x4b_datacenter_ipv4.txt.gz", 400),
                              ("vpn", "ip/x4b_vpn_ipv4.txt.gz", 240),
                              ("relay", "ip/x4b_apple_private_relay.txt.gz", 240)]:
        networks = [ipaddress.ip_network(line) for line in lines(name)]
        networks = [n for n in networks if n.version == 4 and 16 <= n.prefixlen <= 30]
        for network in sorted(random.sample(networks, min(count, len(networks)))):
            out.write(f"{kind}\t--\t{network}\n")

# -- numbers that anybody may borrow ---------------------------------------------------------------
borrowed = json.load(gzip.open(source / "phone/disposable_numbers.json.gz"))
numbers = sorted(number for number in borrowed if re.fullmatch(r"[1-9]\d{8,13}", number))
with open(target / "disposable_numbers.txt", "w") as out:
    out.write("\n".join(sorted(random.sample(numbers, 4000))) + "\n")
