//! Where a group is built: its own draws, its own identifiers, and a way into the stream.

use std::{io, net::IpAddr};

use super::{
    account::{Account, Lacks},
    calendar::{DAY, HOUR, Local, MINUTE, PERIOD_END, PERIOD_START, in_period, moment},
    device::Device,
    dice::{Dice, mix, scramble},
    habit::Habit,
    line::{CheckLine, EventLine, Instant, OtherLine, TaskLine, TruthLine},
    name,
    network::Access,
    number::{self, Dealt, Kind},
    person::{Person, Station},
    population::Population,
    simulation::{CAMPAIGN, Profile},
    stream::Stream,
    world::World,
};

/// Identifiers a group may draw: the low bits of a word whose high bits are the group's number.
const IDENTIFIER_BITS: u32 = 24;

/// Places or farms of a population, at least.
const GROUPS_A_POPULATION: usize = 4;

/// Share of the event's surface among uses of a computer, when no event draws people to it.
pub const COVERED_BEFORE: f64 = 0.4;

/// A task as it was.
#[derive(Clone, Copy)]
pub struct Work {
    pub surface: &'static str,
    pub started: i64,
    /// `None`: it still runs when the stream ends.
    pub completed: Option<i64>,
    pub tokens: u64,
    pub input: Option<u32>,
    /// Whether the stream shows it.
    pub seen: bool,
    /// The tokens that billing is told, where they are others.
    pub told: Option<u64>,
}

/// One group being built.
pub struct Scene<'a> {
    pub world: &'a World,
    pub dice: Dice,
    /// Accounts it may still have.
    pub room: usize,
    /// Accounts of its whole population.
    quota: usize,
    pub population: &'static Population,
    pub profile: Profile,
    stream: &'a mut Stream,
    dealt: &'a mut Dealt,
    /// Draws of the stream's faults: they must not change the world.
    faults: Dice,
    number: u64,
    identifiers: u64,
    group: String,
}

impl<'a> Scene<'a> {
    /// The group of this number.
    pub fn new(
        world: &'a World,
        stream: &'a mut Stream,
        dealt: &'a mut Dealt,
        population: &'static Population,
        profile: Profile,
        number: u64,
        (room, quota): (usize, usize),
    ) -> Self {
        let mut scene = Scene {
            world,
            dice: Dice::of(&[world.seed, number, 1]),
            room,
            quota,
            population,
            profile,
            stream,
            dealt,
            faults: Dice::of(&[world.seed, number, 2]),
            number,
            identifiers: 0,
            group: String::new(),
        };
        scene.group = scene.identifier('g');
        scene
    }

    /// A new identifier: one to one with the group's number and a count, so unique, and without any
    /// order that shows.
    pub fn identifier(&mut self, kind: char) -> String {
        format!("{kind}{:016x}", self.unique())
    }

    fn unique(&mut self) -> u64 {
        self.identifiers += 1;
        let word = self.number << IDENTIFIER_BITS | self.identifiers;
        scramble(word ^ scramble(self.world.seed ^ 0x6964_656e))
    }

    /// The size of a place or a farm that would have so many accounts: small sets hold several of each
    /// kind too, and no crumbs are left over.
    pub fn group_size(&self, drawn: usize, at_least: usize) -> usize {
        let size = drawn.min(self.quota / GROUPS_A_POPULATION).max(at_least);
        if size + at_least > self.room {
            self.room
        } else {
            size
        }
    }

    /// A person of some city.
    pub fn person(&mut self) -> Person {
        let city = self.world.draw_city(&mut self.dice);
        self.person_in(city)
    }

    /// A person of this city, with a home of their own.
    pub fn person_in(&mut self, city: usize) -> Person {
        let home = Access::home(self.world, city, &mut self.dice);
        self.person_at(city, home)
    }

    /// A person of this home.
    pub fn person_at(&mut self, city: usize, home: Access) -> Person {
        let id = self.identifier('p');
        Person::draw(self.world, &mut self.dice, id, city, home)
    }

    /// A person's account with what an ordinary one has: a number, a name, perhaps a card and e-mail.
    pub fn account(&mut self, person: &Person) -> Account {
        let parameters = &self.world.parameters;
        let city = &self.world.cities[person.city];
        let name = if self.dice.chance(parameters.default_names) {
            name::by_default(&mut self.dice)
        } else {
            name::chosen(city, &mut self.dice)
        };
        let number = self.number(person.city);
        let mut others = Vec::new();
        for (kind, probability) in [
            ("payment_card", parameters.payment_card_known),
            ("email", parameters.email_known),
        ] {
            if self.dice.chance(probability) {
                let value = format!("{:016x}", self.dice.word());
                others.push(OtherLine { kind, value });
            }
        }
        let registered_at = self.registration_time(&person.habit, person.city);
        Account {
            id: self.identifier('a'),
            person: person.id.clone(),
            label: self.population.label,
            primary: false,
            enterprise: false,
            number,
            name,
            others,
            registered_at,
            lacks: Lacks::default(),
        }
    }

    /// A number that a person of a city has.
    pub fn number(&mut self, city: usize) -> String {
        number::of_person(self.world, city, self.dealt, &mut self.dice)
    }

    /// A number of a virtual operator.
    pub fn virtual_number(&mut self, city: usize) -> String {
        let city = &self.world.cities[city];
        number::of_kind(city, Kind::Virtual, self.dealt, &mut self.dice)
    }

    /// When an ordinary account registers: before the history, at some time in it, or because of the
    /// event.
    pub fn registration_time(&mut self, habit: &Habit, city: usize) -> i64 {
        let parameters = &self.world.parameters;
        let history_start = self.world.history_start;
        let drawn = self.dice.share();
        let near = if drawn < parameters.registered_before_history {
            return history_start - (self.dice.log_normal(120.0, 1.0) * DAY as f64) as i64 - DAY;
        } else if drawn < parameters.registered_before_history + parameters.registered_for_event {
            PERIOD_START + (self.dice.log_normal(1.5, 0.9).min(12.0) * DAY as f64) as i64
        } else {
            let span = (PERIOD_END - 2 * DAY - history_start) as f64;
            history_start + (self.dice.share() * span) as i64
        };
        self.awake(near, habit, city)
    }

    /// A moment of that day at which somebody of such habits is about.
    pub fn awake(&mut self, near: i64, habit: &Habit, city: usize) -> i64 {
        let offset = self.offset_minutes(city);
        let day = Local::of(near, offset).day;
        let minute = habit.rhythm.minute(&mut self.dice);
        moment(day, minute, offset) + self.dice.whole(0, 59_999) as i64
    }

    /// A city's clock.
    pub fn offset_minutes(&self, city: usize) -> i64 {
        self.world.cities[city].country.offset_minutes
    }

    /// The account registers: the truth notes it, and an event shows it unless it was before the
    /// history.
    pub fn register(&mut self, account: &Account, station: &Station) -> io::Result<()> {
        self.room = self.room.saturating_sub(1);
        let tie = self.unique();
        let truth = TruthLine {
            account_id: &account.id,
            person: &account.person,
            label: account.label.name(),
            population: self.population.name,
            group: &self.group,
            primary: account.primary,
        };
        self.stream.truth(&truth, tie)?;
        let at = account.registered_at;
        if at < self.world.history_start {
            return Ok(());
        }
        let surface = surface_of(&station.device, COVERED_BEFORE, &mut self.dice);
        let address = station.access.address(self.world, &mut self.dice, at);
        let place = (&*station.device, address, surface);
        let later = self.dice.chance(self.world.parameters.number_bound_later);
        if later && !account.number.is_empty() {
            let mut unbound = account.clone();
            unbound.number.clear();
            self.happen("EVENT_TYPE_REGISTRATION", &unbound, place, at, true)?;
            let delay = self.dice.log_normal(20.0, 1.5).min(4_000.0) * MINUTE as f64;
            self.happen(
                "EVENT_TYPE_PHONE_BOUND",
                account,
                place,
                at + delay as i64,
                true,
            )
        } else {
            self.happen("EVENT_TYPE_REGISTRATION", account, place, at, true)
        }
    }

    /// Somebody signs in, or a remembered session is used.
    pub fn login(
        &mut self,
        account: &Account,
        place: (&Device, IpAddr, &'static str),
        at: i64,
    ) -> io::Result<()> {
        self.happen("EVENT_TYPE_LOGIN", account, place, at, false)
    }

    /// A number is bound to an account or taken off it.
    pub fn bind(
        &mut self,
        account: &Account,
        station: &Station,
        at: i64,
        bound: bool,
    ) -> io::Result<()> {
        let address = station.access.address(self.world, &mut self.dice, at);
        let kind = match bound {
            true => "EVENT_TYPE_PHONE_BOUND",
            false => "EVENT_TYPE_PHONE_UNBOUND",
        };
        let surface = surface_of(&station.device, COVERED_BEFORE, &mut self.dice);
        self.happen(kind, account, (&station.device, address, surface), at, true)
    }

    /// Events of the account itself; `whole` ones carry number and name always, others now and then.
    fn happen(
        &mut self,
        event_type: &'static str,
        account: &Account,
        place: (&Device, IpAddr, &'static str),
        at: i64,
        whole: bool,
    ) -> io::Result<()> {
        let parameters = &self.world.parameters;
        let number = whole || self.dice.chance(parameters.number_on_login);
        let name = whole || self.dice.chance(parameters.name_on_login);
        self.write(event_type, account, place, at, None, (number, name))
    }

    /// A task: in the stream as far as it is seen there, and in billing's question if it asks.
    pub fn work(
        &mut self,
        account: &Account,
        device: &Device,
        address: IpAddr,
        work: Work,
    ) -> io::Result<()> {
        let id = self.identifier('t');
        let task = |completed: Option<i64>, tokens| TaskLine {
            task_id: &id,
            started_at: Instant(work.started),
            completed_at: completed.map(Instant),
            tokens,
            input_events: work.input,
        };
        let place = (device, address, work.surface);
        if work.seen {
            let start_seen = self.dice.chance(self.world.parameters.task_starts_seen);
            if start_seen || work.completed.is_none() {
                let started = Some(task(None, 0));
                let kind = "EVENT_TYPE_TASK_STARTED";
                self.write(kind, account, place, work.started, started, (false, false))?;
            }
            if let Some(completed) = work.completed {
                let done = Some(task(Some(completed), work.tokens));
                let kind = "EVENT_TYPE_TASK_COMPLETED";
                self.write(kind, account, place, completed, done, (false, false))?;
            }
        }
        if !self.is_asked(&work) {
            return Ok(());
        }
        let offer = self.dice.chance(self.world.parameters.other_offers);
        let check = CheckLine {
            campaign_id: CAMPAIGN,
            account_id: &account.id,
            task: TaskLine {
                input_events: None,
                ..task(work.completed, work.told.unwrap_or(work.tokens))
            },
            surface: work.surface,
            other_offers: if offer { &["student-plan"] } else { &[] },
        };
        let tie = self.unique();
        self.stream.check(&check, tie)
    }

    /// Billing asks about what the event may cover, and now and then about what it can't.
    fn is_asked(&mut self, work: &Work) -> bool {
        let covered = work.surface == "work-desktop";
        let asked = match work.completed {
            None => 0.3,
            Some(completed) if covered && in_period(completed) => 1.0,
            Some(completed) if covered && completed >= PERIOD_END => 1.0,
            Some(completed) if covered && completed >= PERIOD_START - 5 * DAY => 0.3,
            Some(completed) if in_period(completed) => 0.08,
            Some(_) => 0.0,
        };
        self.dice.chance(asked)
    }

    fn write(
        &mut self,
        event_type: &'static str,
        account: &Account,
        (device, address, surface): (&Device, IpAddr, &'static str),
        at: i64,
        task: Option<TaskLine>,
        (number, name): (bool, bool),
    ) -> io::Result<()> {
        let tie = self.unique();
        let id = format!("e{tie:016x}");
        let (mut device_id, mut client) = (String::new(), String::new());
        let lacks = account.lacks;
        let account_type = match account.enterprise {
            true => "ACCOUNT_TYPE_ENTERPRISE",
            false => "ACCOUNT_TYPE_INDIVIDUAL",
        };
        let said = task.is_none() || mix(tie, 3).is_multiple_of(4);
        let event = EventLine {
            event_id: &id,
            event_type,
            occurred_at: Instant(at),
            account_id: &account.id,
            account_type: unless(lacks.account_type || !said, account_type),
            phone_number: unless(lacks.number || !number, &account.number),
            device: (!lacks.device)
                .then(|| device.line(self.world, at, &mut device_id, &mut client)),
            ip_address: (!lacks.address).then_some(address),
            other_identifiers: if number { &account.others } else { &[] },
            surface,
            task,
            display_name: unless(lacks.name || !name, &account.name),
        };
        self.stream.event(&event, tie, &mut self.faults)
    }

    /// So long after, at most.
    pub fn soon(&mut self, median_hours: f64) -> i64 {
        (self.dice.log_normal(median_hours, 0.8) * HOUR as f64) as i64
    }
}

/// What is used on a device, at this share of the surface that the event covers.
pub fn surface_of(device: &Device, covered: f64, dice: &mut Dice) -> &'static str {
    let (first, others) = match device.mobile() {
        true => (0.93, ["app", "web"]),
        false => (covered, ["work-desktop", "chat-desktop"]),
    };
    if dice.chance(first) {
        others[0]
    } else if device.mobile() || dice.chance(0.7) {
        others[1]
    } else {
        "web"
    }
}

fn unless(lacking: bool, text: &str) -> &str {
    if lacking { "" } else { text }
}
