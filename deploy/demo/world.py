"""The world of the demo: people and machines, what they do, and what the service hears of it."""

import ipaddress
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
CAMPAIGN = "kimi-work-desktop-2026-06"
FIRST_MOMENT = datetime(2026, 6, 1, tzinfo=BEIJING)
LAST_MOMENT = datetime(2026, 6, 30, 23, 50, tzinfo=BEIJING)
PERIOD_START = datetime(2026, 6, 16, tzinfo=BEIJING)

# Typical hour of the day, its spread, and the hours outside which nobody is awake.
RHYTHMS = {
    "work": (14.0, 3.0, 8.5, 19.0),
    "day": (16.0, 4.0, 8.0, 23.5),
    "evening": (20.5, 1.5, 17.5, 23.7),
    "night": (21.0, 3.0, 12.0, 23.9),
}

# Country calling code and how many digits follow; the shape only, no number is meant.
NUMBER_SHAPES = [
    ("+86139", 8),
    ("+86158", 8),
    ("+86187", 8),
    ("+1415", 7),
    ("+4477", 8),
    ("+49151", 8),
    ("+55119", 8),
    ("+9198", 8),
    ("+8190", 8),
    ("+2348", 9),
    ("+97150", 7),
]
MAINLAND_SHAPES = NUMBER_SHAPES[:3]

NAMES = [
    "Zhang Wei",
    "李娜",
    "王芳",
    "Chen Jie",
    "刘洋",
    "Anna Becker",
    "João Silva",
    "Олена Коваль",
    "さくら",
    "Priya Nair",
    "محمد علي",
    "Sam Okafor",
    "Maria Rossi",
    "김민준",
    "Lucy Brown",
    "黄磊",
    "Ivan Petrov",
    "Amélie Roy",
    "Nguyễn Hà",
    "Tomás García",
    "周杰",
    "Ewa Nowak",
]

DESKTOP_MODELS = [
    ("windows", "ThinkPad X1", "11"),
    ("windows", "XPS 13", "11"),
    ("windows", "MateBook 14", "10"),
    ("macos", "MacBook Air", "15.4"),
    ("macos", "MacBook Pro", "14.6"),
    ("linux", "Framework 13", "6.8"),
]
PHONE_MODELS = [
    ("android", "Pixel 8", "15"),
    ("android", "Redmi Note 13", "14"),
    ("android", "Galaxy S23", "15"),
    ("ios", "iPhone 14", "18.1"),
    ("ios", "iPhone SE", "17.6"),
]
CLIENT_VERSIONS = ["2.3.0", "2.3.1", "2.4.0"]


@dataclass
class Account:
    """One account; `person` is the true same user behind it."""

    account_id: str
    person: str
    population: str
    label: str = "legitimate"
    phone_number: str = ""
    display_name: str = ""
    account_type: str = "ACCOUNT_TYPE_INDIVIDUAL"
    primary: bool = False
    tasks: list = field(default_factory=list)


@dataclass
class Place:
    """Where somebody sits: a device behind an address, at their hours."""

    device: dict
    address: str
    surface: str
    rhythm: str


def stamp(moment):
    """RFC 3339 in UTC with milliseconds."""
    utc = moment.astimezone(timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


class World:
    """Everything written so far, and the dice."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.events = []
        self.checks = []
        self.accounts = []
        self.used_numbers = set()
        # When each person and each device was at work: nobody is in two places at once, and two
        # people do not type at one computer at one time.
        self.busy = {}
        self.next_event = 0
        self.next_task = 0
        self.next_home = 0
        self.next_device = 0
        # Phones on the move leave through a few addresses of their carrier.
        self.carrier = [f"198.18.{200 + block}.{self.dice.randrange(1, 255)}" for block in range(20)]

    # -- things ---------------------------------------------------------------------------------

    def device(self, models, signals=()):
        """A device of its own, with an identifier and a fingerprint nobody else has."""
        platform, model, os_version = self.dice.choice(models)
        self.next_device += 1
        made = {
            "deviceId": f"device-{self.next_device:04d}-{self.dice.getrandbits(32):08x}",
            "platform": platform,
            "model": model,
            "osVersion": os_version,
            "clientVersion": self.dice.choice(CLIENT_VERSIONS),
            "hardwareFingerprint": f"{self.dice.getrandbits(64):016x}",
        }
        if signals:
            made["emulatorSignals"] = list(signals)
        return made

    def desktop(self):
        return self.device(DESKTOP_MODELS)

    def phone(self):
        return self.device(PHONE_MODELS)

    def phone_number(self, shapes=NUMBER_SHAPES):
        while True:
            prefix, digits = self.dice.choice(shapes)
            number = prefix + "".join(str(self.dice.randrange(10)) for _ in range(digits))
            if number not in self.used_numbers:
                self.used_numbers.add(number)
                return number

    def home_address(self):
        """An address of one home; every third home has IPv6."""
        self.next_home += 1
        if self.next_home % 3 == 0:
            network = ipaddress.IPv6Address("2001:db8::") + (self.next_home << 64)
            return str(network + self.dice.randrange(1, 1 << 62))
        return f"198.18.{self.next_home // 250}.{1 + self.next_home % 250}"

    def account(self, population, person, **more):
        # The account's name tells nothing of who is behind it.
        account_id = f"account-{len(self.accounts):04d}-{self.dice.getrandbits(32):08x}"
        account = Account(account_id, person, population, **more)
        self.accounts.append(account)
        return account

    def honest(self, population, shapes=NUMBER_SHAPES, **more):
        """An honest account with a phone number and a name of its own."""
        initial = self.dice.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
        name = self.dice.choice(NAMES) + self.dice.choice(["", "", "", f" {initial}"])
        more.setdefault("phone_number", self.phone_number(shapes))
        return self.account(population, f"person-{len(self.accounts):04d}", display_name=name, **more)

    # -- events ---------------------------------------------------------------------------------

    def emit(self, account, event_type, moment, place, task=None, phone_number=None):
        self.next_event += 1
        event = {
            "eventId": f"event-{self.next_event:06d}",
            "eventType": f"EVENT_TYPE_{event_type}",
            "occurredAt": stamp(moment),
            "accountId": account.account_id,
            "accountType": account.account_type,
            "device": place.device,
            "ipAddress": place.address,
            "surface": place.surface,
        }
        number = account.phone_number if phone_number is None else phone_number
        if number and event_type in ("REGISTRATION", "LOGIN", "PHONE_BOUND", "PHONE_UNBOUND"):
            event["phoneNumber"] = number
        if account.display_name and event_type in ("REGISTRATION", "LOGIN"):
            event["displayName"] = account.display_name
        if task:
            event["task"] = task
        self.events.append((moment, event))

    def task(self, account, place, started, duration, tokens, input_events):
        """Both events of one task; answers when it was completed."""
        self.next_task += 1
        completed = started + duration
        begun = {
            "taskId": f"task-{self.next_task:06d}",
            "startedAt": stamp(started),
            "inputEvents": input_events,
        }
        done = {**begun, "completedAt": stamp(completed), "tokens": str(tokens)}
        self.emit(account, "TASK_STARTED", started, place, begun)
        self.emit(account, "TASK_COMPLETED", completed, place, done)
        account.tasks.append((completed, place.surface, done))
        return completed

    def human_length(self):
        return timedelta(minutes=min(90.0, self.dice.lognormvariate(2.0, 0.7)))

    def human_task(self, account, place, started, duration):
        dice = self.dice
        tokens = int(max(200, dice.lognormvariate(9.8, 0.9)))
        typed = int(max(6, dice.lognormvariate(5.0, 0.8)))
        return self.task(account, place, started, duration, tokens, typed)

    def moment(self, day, rhythm):
        """A moment of that day of June at those hours."""
        centre, spread, earliest, latest = RHYTHMS[rhythm]
        hour = min(max(self.dice.gauss(centre, spread), earliest), latest)
        return datetime(2026, 6, day, tzinfo=BEIJING) + timedelta(
            seconds=hour * 3600 + self.dice.random() * 900
        )

    def free_moment(self, account, place, day, length):
        """A moment of that day when neither the person nor the device is taken."""
        taken = [self.busy.setdefault(key, []) for key in (account.person, place.device["deviceId"])]
        for _ in range(50):
            start = self.moment(day, place.rhythm)
            if not any(start < end and begin < start + length for slots in taken for begin, end in slots):
                break
        for slots in taken:
            slots.append((start, start + length))
        return start

    def session(self, account, place, day, tasks):
        """A log-in and some tasks, with pauses of a human length in between."""
        plan = [
            (timedelta(seconds=self.dice.lognormvariate(5.2, 1.0)), self.human_length()) for _ in range(tasks)
        ]
        length = sum((pause + duration for pause, duration in plan), timedelta(minutes=2))
        now = self.free_moment(account, place, day, length)
        self.emit(account, "LOGIN", now, place)
        for pause, duration in plan:
            now = self.human_task(account, place, now + pause, duration)

    def live(self, account, places, register=True, registered=None):
        """A month of one honest person: the first place is the desktop, where work is done.

        People sign up at the last place, on any day; those who signed up before June show no
        registration. `registered` says at which moment somebody signed up at the first place.
        """
        dice = self.dice
        day = registered.day if registered else dice.randrange(1, 22)
        if registered:
            self.emit(account, "REGISTRATION", registered, places[0])
        elif register:
            self.emit(account, "REGISTRATION", self.moment(day, places[-1].rhythm), places[-1])
        if day < 14:
            self.session(account, dice.choice(places), dice.randrange(day + 1, 16), 0)
        first = max(16, day + 1)
        for number in range(2):
            # The first session is always at the desktop; later ones wherever the person is.
            place = places[0] if number == 0 else dice.choices(places, [3] + [1] * (len(places) - 1))[0]
            count = dice.choice([1, 2, 2]) if place.surface.endswith("desktop") else 0
            self.session(account, place, dice.randrange(first, 30), count)

    # -- questions ------------------------------------------------------------------------------

    def check(self, account_id, surface, task, other_offers=()):
        asked = {"campaignId": CAMPAIGN, "accountId": account_id, "surface": surface}
        asked["task"] = {key: task[key] for key in ("taskId", "startedAt", "completedAt", "tokens")}
        if other_offers:
            asked["otherOffers"] = list(other_offers)
        self.checks.append((task["completedAt"], asked))

    def ask_billing(self, each=2):
        """Billing asks about the first tasks of every account within the event."""
        for account in self.accounts:
            covered = sorted(
                (task for task in account.tasks if task[0] >= PERIOD_START and task[1] == "work-desktop"),
                key=lambda task: task[0],
            )
            for _, surface, task in covered[:each]:
                self.check(account.account_id, surface, task)
