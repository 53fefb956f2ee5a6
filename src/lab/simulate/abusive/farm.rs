//! Farms: one operator, many accounts. A plan says which identifiers are kept apart; building it is the
//! same for every kind of farm.

use std::{io, rc::Rc};

use super::super::{
    account::Account,
    calendar::{DAY, HOUR, Local, MINUTE, PERIOD_END, PERIOD_START, moment},
    device::Device,
    habit::Input,
    life::{Life, input_of},
    name,
    network::Access,
    number,
    person::{Person, Station},
    scene::{Scene, Work},
};

/// Where a farm's numbers come from.
#[derive(Clone, Copy, PartialEq)]
pub enum Numbers {
    /// One after the other in one block.
    Sequence,
    /// Bought by the block.
    Blocks(u64),
    /// Of virtual operators.
    Virtual,
    /// Like people's.
    Scattered,
}

/// What a farm calls its accounts.
#[derive(Clone, Copy, PartialEq)]
pub enum Names {
    /// One stem with a number.
    Series,
    /// What the service gives.
    Default,
    /// Made by a program.
    Senseless,
    /// Like people's.
    Chosen,
}

/// How a farm is run.
pub struct FarmPlan {
    pub size: usize,
    pub city: usize,
    /// Machines: fewer than accounts, or one for each.
    pub machines: Vec<Rc<Device>>,
    /// Phones, emulated or real, on which cover is kept up; none where the farm has no use for them.
    pub phones: Vec<Rc<Device>>,
    /// Ways out: the accounts take turns.
    pub accesses: Vec<Access>,
    pub numbers: Numbers,
    pub names: Names,
    /// When the first registers, and hours from each to the next: median, spread.
    pub first_at: i64,
    pub apart_hours: (f64, f64),
    /// Share of activity that imitates people.
    pub cover: f64,
    /// Runs a day during the event, and minutes from one account to the next in a run.
    pub runs_a_day: f64,
    pub step_minutes: f64,
    /// Minutes by which an account is off its turn.
    pub jitter_minutes: f64,
    pub tokens_median: f64,
    pub tokens_sigma: f64,
    pub tasks_a_run: f64,
    /// The share of a task that is over when the account begins its next one: least, most.
    pub waits: (f64, f64),
    pub input: Input,
    /// Whether the machines' hands rest at night.
    pub sleeps: bool,
    /// Probability that an account takes part in a run.
    pub takes_part: f64,
}

/// Builds the farm.
pub fn build(scene: &mut Scene, plan: &FarmPlan) -> io::Result<()> {
    let operator = scene.person_in(plan.city);
    let blocks = number_blocks(scene, plan);
    let stem = name::stem(&scene.world.cities[plan.city], &mut scene.dice);
    let first_number = scene.dice.whole(0, 9_000);
    let mut at = plan.first_at;
    let runs = runs(scene, plan);
    for position in 0..plan.size {
        let mut person = Person {
            id: operator.id.clone(),
            ..scene.person_in(plan.city)
        };
        let device = plan.machines[position % plan.machines.len()].clone();
        let access = plan.accesses[position % plan.accesses.len()].clone();
        let station = Station::new(&device, &access, 1.0);
        person.stations = vec![station.clone()];
        if !plan.phones.is_empty() {
            let phone = &plan.phones[position % plan.phones.len()];
            person.use_station(Station::new(phone, &access, 0.8));
        }
        let mut account = scene.account(&person);
        account.number = match plan.numbers {
            Numbers::Sequence => number::complete(&blocks[0], first_number + position as u64),
            Numbers::Scattered => account.number,
            _ => {
                let block = scene.dice.pick::<String>(&blocks);
                number::complete(block, scene.dice.word())
            }
        };
        account.name = match plan.names {
            Names::Series => format!("{stem}{}", 100 + position),
            Names::Default => name::by_default(&mut scene.dice),
            Names::Senseless => name::senseless(&mut scene.dice),
            Names::Chosen => account.name,
        };
        // A card or an e-mail for each is work that farms spare themselves mostly.
        if !scene.dice.chance(plan.cover) {
            account.others.clear();
        }
        at += (scene
            .dice
            .log_normal(plan.apart_hours.0, plan.apart_hours.1)
            * HOUR as f64) as i64;
        account.registered_at = registration(scene, plan, at);
        let here = scene.dice.pick(&person.stations).clone();
        scene.register(&account, &here)?;
        person.habit.tokens_median = plan.tokens_median;
        cover(scene, plan, &account, &person)?;
        for run in &runs {
            take_turn(scene, plan, &account, &station, *run, position)?;
        }
    }
    Ok(())
}

/// When an account registers whose turn it is: hands that sleep do it in the morning, and none is made
/// for the event's last hours.
fn registration(scene: &mut Scene, plan: &FarmPlan, turn: i64) -> i64 {
    let local = Local::of(turn, scene.offset_minutes(plan.city));
    let night = plan.sleeps && local.minute < 420;
    let at = if night { turn + 8 * HOUR } else { turn };
    at.min(PERIOD_END - 12 * HOUR - scene.dice.whole(0, 3_600_000) as i64)
}

/// The blocks that numbers come from.
fn number_blocks(scene: &mut Scene, plan: &FarmPlan) -> Vec<String> {
    let (count, kind) = match plan.numbers {
        Numbers::Virtual => (scene.dice.whole(1, 6), number::Kind::Virtual),
        Numbers::Blocks(count) => (count, number::Kind::Carrier),
        _ => (1, number::Kind::Carrier),
    };
    (0..count)
        .map(|_| number::block(&scene.world.cities[plan.city], kind, &mut scene.dice))
        .collect()
}

/// When the machines work: whole farms begin at these moments.
fn runs(scene: &mut Scene, plan: &FarmPlan) -> Vec<i64> {
    let offset = scene.offset_minutes(plan.city);
    let first = Local::of(PERIOD_START, offset).day;
    let morning = scene.dice.between(420.0, 660.0);
    let mut runs = Vec::new();
    let runs_a_day = plan.runs_a_day * scene.profile.task_factor();
    for day in first..first + 15 {
        for _ in 0..scene.dice.count(runs_a_day) {
            let minute = match plan.sleeps {
                true => scene.dice.between(morning, 1_380.0),
                false => scene.dice.between(0.0, 1_440.0),
            };
            runs.push(moment(day, minute, offset));
        }
    }
    runs
}

/// One account's part of a run: a login and tasks.
fn take_turn(
    scene: &mut Scene,
    plan: &FarmPlan,
    account: &Account,
    station: &Station,
    run: i64,
    position: usize,
) -> io::Result<()> {
    let minutes = position as f64 * plan.step_minutes + scene.dice.normal(0.0, plan.jitter_minutes);
    let mut at = run + (minutes * MINUTE as f64) as i64;
    let takes_part = scene.dice.chance(plan.takes_part * (1.0 - plan.cover));
    if at < account.registered_at + MINUTE || at > PERIOD_END || !takes_part {
        return Ok(());
    }
    let address = station.access.address(scene.world, &mut scene.dice, at);
    scene.login(account, (&station.device, address, "work-desktop"), at)?;
    for _ in 0..scene.dice.count(plan.tasks_a_run).max(1) {
        at += (scene.dice.log_normal(0.8, plan.tokens_sigma.max(0.1)) * MINUTE as f64) as i64;
        let minutes = scene.dice.log_normal(6.0, plan.tokens_sigma.max(0.1));
        let completed = at + (minutes * MINUTE as f64) as i64 + 1_000;
        let tokens = scene.dice.log_normal(plan.tokens_median, plan.tokens_sigma);
        let work = Work {
            surface: "work-desktop",
            started: at,
            completed: Some(completed),
            tokens: tokens.max(10.0) as u64,
            input: input_of(scene, plan.input, 0.05),
            seen: true,
            told: None,
        };
        scene.work(account, &station.device, address, work)?;
        let waits = scene.dice.between(plan.waits.0, plan.waits.1);
        at += ((completed - at) as f64 * waits) as i64;
    }
    Ok(())
}

/// What an account does to look like a person's.
fn cover(scene: &mut Scene, plan: &FarmPlan, account: &Account, person: &Person) -> io::Result<()> {
    // Machines have little to gain before the event: they show up now and then.
    let mut habit = person.habit.clone().faster(0.15 + plan.cover * 1.2);
    habit.tasks_a_session *= 0.2 + plan.cover;
    habit.input = plan.input;
    if !plan.sleeps {
        habit.rhythm.round_the_clock = scene.dice.between(0.1, 0.8);
    }
    let whole = Life::whole(scene, account, person);
    Life {
        habit: &habit,
        ..whole
    }
    .live(scene)
}

/// A day on which a farm is set up: mostly for the event, some long before.
pub fn set_up_at(scene: &mut Scene) -> i64 {
    let days = match scene.dice.weighted([0.50, 0.27, 0.13, 0.10].into_iter()) {
        0 => scene.dice.between(-6.0, 7.0),
        1 => scene.dice.between(-30.0, -2.0),
        2 => scene.dice.between(-60.0, -20.0),
        // Kept in stock since before the history.
        _ => scene.dice.between(-300.0, -95.0),
    };
    PERIOD_START + (days * DAY as f64) as i64
}
