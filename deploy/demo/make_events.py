#!/usr/bin/env python3
"""Writes the demo's login events, billing's questions about them, and the truth behind both.

    make_events.py SEED OUT_DIR

OUT_DIR gets events.jsonl (one Event a line), checks.jsonl (one CheckDiscountRequest a line) and
truth.jsonl (one account a line). The same seed writes the same bytes. Everybody in it is invented:
addresses come from ranges kept for documentation and tests, phone numbers are random digits.

Honest people who share an address or a device stand beside the farms that hide among them, since
telling those two apart is what the service is for.
"""

import argparse
import json
from datetime import datetime, timedelta
from pathlib import Path

from world import BEIJING, FIRST_MOMENT, LAST_MOMENT, MAINLAND_SHAPES, Place, World, stamp

# -- honest people ------------------------------------------------------------------------------


def office(world):
    """60 people behind one address, each with a laptop and a phone of their own."""
    for _ in range(60):
        account = world.honest("office", MAINLAND_SHAPES)
        laptop, phone = world.desktop(), world.phone()
        places = [
            Place(laptop, "192.0.2.10", "work-desktop", "work"),
            Place(laptop, world.home_address(), "work-desktop", "evening"),
            Place(phone, "192.0.2.10", "app", "work"),
        ]
        world.live(account, places, register=world.dice.random() < 0.7)


def campus(world):
    """150 students behind one address; 20 of them sign up in the same lecture, each on an own laptop."""
    lecture = datetime(2026, 6, 12, 10, 5, tzinfo=BEIJING)
    for number in range(150):
        account = world.honest("campus", MAINLAND_SHAPES)
        places = [
            Place(world.desktop(), "198.51.100.20", "work-desktop", "night"),
            Place(
                world.phone(),
                world.dice.choice(["198.51.100.20", world.dice.choice(world.carrier)]),
                "app",
                "day",
            ),
        ]
        if number < 20:
            world.live(account, places, registered=lecture + timedelta(seconds=world.dice.uniform(0, 2400)))
        else:
            world.live(account, places, register=world.dice.random() < 0.7)


def carrier(world):
    """200 phones behind one carrier's address, whose owners also have a desktop at home."""
    for _ in range(200):
        account = world.honest("carrier")
        places = [
            Place(world.desktop(), world.home_address(), "work-desktop", "day"),
            Place(world.phone(), "198.18.190.1", "app", "day"),
        ]
        world.live(account, places, register=world.dice.random() < 0.7)


def households(world):
    """40 families with one computer; most members have a second device of their own."""
    for _ in range(40):
        family_computer, address = world.desktop(), world.home_address()
        for _ in range(world.dice.choice([2, 3, 3, 4])):
            account = world.honest("household")
            places = [Place(family_computer, address, "work-desktop", "evening")]
            if world.dice.random() < 0.8:
                own = world.dice.choice(["phone", "phone", "laptop"])
                if own == "laptop":
                    places.append(Place(world.desktop(), address, "work-desktop", "day"))
                else:
                    places.append(
                        Place(
                            world.phone(),
                            world.dice.choice([address, world.dice.choice(world.carrier)]),
                            "app",
                            "day",
                        )
                    )
            world.live(account, places, register=world.dice.random() < 0.6)


def singles(world):
    """People who share nothing with anybody."""
    for _ in range(80):
        account = world.honest("single")
        places = [Place(world.desktop(), world.home_address(), "work-desktop", "day")]
        if world.dice.random() < 0.7:
            places.append(Place(world.phone(), world.dice.choice(world.carrier), "app", "day"))
        world.live(account, places, register=world.dice.random() < 0.6)


def internet_cafe(world):
    """80 customers on the 10 computers of an internet café."""
    computers = [world.device([("windows", "OptiPlex 7010", "10")]) for _ in range(10)]
    for _ in range(80):
        account = world.honest("internet-cafe", MAINLAND_SHAPES)
        seats = [
            Place(computer, "198.18.150.9", "work-desktop", "night")
            for computer in world.dice.sample(computers, 2)
        ]
        own = Place(world.phone(), world.dice.choice(world.carrier), "app", "day")
        places = seats + [own] if world.dice.random() < 0.7 else [seats[0], own, seats[1]]
        world.live(account, places, register=world.dice.random() < 0.6)


def recycled_number(world):
    """A number given up by one person and, weeks later, given to another."""
    number = world.phone_number()
    before = world.honest("recycled-number", phone_number=number)
    place = Place(world.desktop(), world.home_address(), "work-desktop", "day")
    world.emit(before, "REGISTRATION", world.moment(1, "day"), place)
    world.emit(before, "PHONE_UNBOUND", world.moment(4, "day"), place)
    before.phone_number = world.phone_number()
    world.emit(before, "PHONE_BOUND", world.moment(5, "day"), place)
    for day in (17, 21):
        world.session(before, place, day, 2)
    after = world.honest("recycled-number", phone_number="")
    place = Place(world.desktop(), world.home_address(), "work-desktop", "evening")
    world.emit(after, "REGISTRATION", world.moment(20, "evening"), place)
    after.phone_number = number
    world.emit(after, "PHONE_BOUND", world.moment(22, "evening"), place)
    for day in (23, 26):
        world.session(after, place, day, 2)


def second_hand_laptop(world):
    """A laptop sold: the seller goes on with a new one."""
    sold = world.desktop()
    seller, buyer = world.honest("second-hand-laptop"), world.honest("second-hand-laptop")
    seller_home, buyer_home = world.home_address(), world.home_address()
    world.emit(
        seller, "REGISTRATION", world.moment(2, "day"), Place(sold, seller_home, "work-desktop", "day")
    )
    for day in (4, 8):
        world.session(seller, Place(sold, seller_home, "work-desktop", "day"), day, 1)
    new = Place(world.desktop(), seller_home, "work-desktop", "day")
    for day in (12, 17, 22):
        world.session(seller, new, day, 2)
    bought = Place(sold, buyer_home, "work-desktop", "evening")
    world.emit(buyer, "REGISTRATION", world.moment(19, "evening"), bought)
    for day in (20, 24):
        world.session(buyer, bought, day, 2)


def enterprise(world):
    """Colleagues of the office whose accounts their company pays for: not eligible, no blame."""
    for _ in range(3):
        account = world.honest("enterprise", MAINLAND_SHAPES, account_type="ACCOUNT_TYPE_ENTERPRISE")
        world.live(account, [Place(world.desktop(), "192.0.2.10", "work-desktop", "work")])


# -- abuse --------------------------------------------------------------------------------------


def farm_in_an_hour(world):
    """40 accounts on 2 devices within an hour: numbers in a row, names in a row, tasks by the clock."""
    devices = [world.desktop(), world.desktop()]
    start = datetime(2026, 6, 16, 2, 0, tzinfo=BEIJING)
    for number in range(40):
        account = world.account(
            "farm-1",
            "person-farm-1",
            label="bulk_registration",
            phone_number=f"+86165{12340001 + number:08d}",
            display_name=f"user{number + 1:04d}",
        )
        place = Place(devices[number % 2], "198.19.7.7", "work-desktop", "night")
        world.emit(account, "REGISTRATION", start + timedelta(seconds=75 * number), place)
        world.emit(account, "LOGIN", start + timedelta(seconds=75 * number + 20), place)
        for round_number in range(4):
            started = start + timedelta(hours=2, minutes=5 * round_number, seconds=number)
            world.task(account, place, started, timedelta(seconds=60), 5000, 0)


def farm_of_emulators(world):
    """30 accounts on 6 emulators of one address block, registered in bursts of minutes."""
    signals = [
        "EMULATOR_SIGNAL_HYPERVISOR",
        "EMULATOR_SIGNAL_SOFTWARE_GPU",
        "EMULATOR_SIGNAL_VIRTUAL_NETWORK_ADAPTER",
    ]
    emulators = [world.device([("windows", "Virtual Machine", "10")], signals) for _ in range(6)]
    bursts = [
        datetime(2026, 6, 17, 14, 0, tzinfo=BEIJING),
        datetime(2026, 6, 18, 3, 10, tzinfo=BEIJING),
        datetime(2026, 6, 19, 22, 40, tzinfo=BEIJING),
    ]
    for number in range(30):
        letters = "".join(world.dice.choice("bcdfghjkqvwxz") for _ in range(7))
        account = world.account(
            "farm-2",
            "person-farm-2",
            label="emulator",
            phone_number=world.phone_number(),
            display_name=letters,
        )
        place = Place(emulators[number % 6], f"203.0.113.{10 + number % 12}", "work-desktop", "night")
        registered = bursts[number // 10] + timedelta(seconds=24 * (number % 10) + world.dice.uniform(0, 6))
        world.emit(account, "REGISTRATION", registered, place)
        for round_number in range(4):
            started = registered + timedelta(minutes=30 + 2 * round_number, seconds=world.dice.uniform(0, 2))
            world.task(account, place, started, timedelta(seconds=45), 3000 + world.dice.randrange(5), 0)


def reseller(world):
    """An operator who works 25 customers' accounts on one computer; each was registered at its owner's."""
    operated = Place(world.desktop(), "198.19.40.4", "work-desktop", "day")
    customers = []
    for _ in range(25):
        account = world.honest("reseller", label="operated_for_others")
        own = Place(world.desktop(), world.home_address(), world.dice.choice(["work-desktop", "web"]), "day")
        day = world.dice.randrange(3, 13)
        world.emit(account, "REGISTRATION", world.moment(day, "day"), own)
        world.session(account, own, day + 1, 0)
        customers.append(account)
    for day in (17, 19, 22):
        now = datetime(2026, 6, day, 8, 30, tzinfo=BEIJING)
        for account in customers:
            world.emit(account, "LOGIN", now, operated)
            now += timedelta(seconds=world.dice.uniform(20, 60))
            now = world.human_task(account, operated, now, world.human_length())
            now += timedelta(seconds=world.dice.uniform(30, 90))


def duplicate_person(world):
    """One person with two accounts, both on the same laptop and the same phone."""
    laptop, phone, home = world.desktop(), world.phone(), world.home_address()
    person = "person-duplicate"
    for number in range(2):
        account = world.honest("duplicate-person", label="duplicate_account", primary=number == 0)
        account.person = person
        desk = Place(laptop, home, "work-desktop", "evening")
        pocket = Place(phone, world.carrier[3], "app", "day")
        world.emit(account, "REGISTRATION", world.moment(3 + 8 * number, "day"), pocket)
        for day in (5, 13):
            if day > 3 + 8 * number:
                world.session(account, pocket, day, 0)
        for day in (17, 20, 23):
            world.session(account, desk, day + number, 1)
        world.session(account, pocket, 25 + number, 0)


# -- tasks that the terms do not cover ----------------------------------------------------------


def uncovered_tasks(world):
    """Asked about honest singles: before the event, past its end, in chat, with another offer."""
    singles_asked = [account for account in world.accounts if account.population == "single"]
    invented = 0

    def task(start, minutes):
        nonlocal invented
        invented += 1
        return {
            "taskId": f"extra-{invented:03d}",
            "startedAt": stamp(start),
            "completedAt": stamp(start + timedelta(minutes=minutes)),
            "tokens": "12000",
        }

    midday = datetime(2026, 6, 20, 12, 0, tzinfo=BEIJING)
    for number, account in enumerate(singles_asked[:20]):
        start = midday + timedelta(minutes=7 * number)
        if number < 4:
            world.check(
                account.account_id, "work-desktop", task(datetime(2026, 6, 15, 11, number, tzinfo=BEIJING), 9)
            )
        elif number < 8:
            late = datetime(2026, 6, 30, 23, 45 + number, tzinfo=BEIJING)
            world.check(account.account_id, "work-desktop", task(late, 20))
        elif number < 12:
            world.check(account.account_id, "chat-desktop", task(start, 9))
        elif number < 16:
            world.check(account.account_id, "work-desktop", task(start, 9), ["spring-voucher"])
        else:
            world.check(account.account_id, "app", task(start, 9))


def build(seed):
    world = World(seed)
    for part in (
        office,
        campus,
        carrier,
        households,
        singles,
        internet_cafe,
        recycled_number,
        second_hand_laptop,
        enterprise,
        farm_in_an_hour,
        farm_of_emulators,
        reseller,
        duplicate_person,
    ):
        part(world)
    world.ask_billing()
    uncovered_tasks(world)
    return world


def write_lines(path, rows):
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("out_dir", type=Path)
    arguments = parser.parse_args()

    world = build(arguments.seed)
    outside = [
        event
        for moment, event in world.events
        if not FIRST_MOMENT <= moment <= LAST_MOMENT + timedelta(minutes=9)
    ]
    assert not outside, f"events outside June: {outside[:3]}"
    # As they would arrive: by time; the sort keeps equal times in the order they were made.
    world.events.sort(key=lambda pair: pair[0])
    world.checks.sort(key=lambda pair: pair[0])

    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    write_lines(arguments.out_dir / "events.jsonl", (event for _, event in world.events))
    write_lines(arguments.out_dir / "checks.jsonl", (check for _, check in world.checks))
    write_lines(
        arguments.out_dir / "truth.jsonl",
        (
            {
                "account_id": account.account_id,
                "person": account.person,
                "label": account.label,
                "population": account.population,
                **({"primary": True} if account.primary else {}),
            }
            for account in world.accounts
        ),
    )
    counts = f"{len(world.events)} events, {len(world.checks)} checks, {len(world.accounts)} accounts"
    print(f"{counts} in {arguments.out_dir}")


if __name__ == "__main__":
    main()
