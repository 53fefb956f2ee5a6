//! What somebody does with an account: sessions at human times, tasks in them, tasks by schedule.

use std::io;

use super::{
    account::Account,
    calendar::{DAY, Local, MINUTE, PERIOD_END, PERIOD_START, STREAM_END, in_period, moment},
    habit::{Habit, Input},
    person::{Person, Station, When},
    scene::{COVERED_BEFORE, Scene, Work, surface_of},
};

/// Tasks at most in one session.
const TASKS_A_SESSION_AT_MOST: usize = 40;
/// Computers matter so much more during the event, which is on the desktop client only.
const DESKTOP_DURING_EVENT: f64 = 3.0;
/// How rarely tasks are done outside the event, against during it.
const TASKS_OUTSIDE_EVENT: f64 = 0.08;
/// Tasks a session on a phone, against on a computer.
const TASKS_ON_PHONES: f64 = 0.08;
/// No task uses more.
const TOKENS_AT_MOST: f64 = 2.0e9;

/// An account in somebody's hands for a while.
pub struct Life<'a> {
    pub account: &'a Account,
    pub habit: &'a Habit,
    pub stations: &'a [Station],
    pub city: usize,
    pub from: i64,
    pub until: i64,
}

impl<'a> Life<'a> {
    /// The whole of it: from registration, or the history's beginning, to the end of the stream.
    pub fn whole(scene: &Scene, account: &'a Account, person: &'a Person) -> Self {
        Life {
            account,
            habit: &person.habit,
            stations: &person.stations,
            city: person.city,
            from: account.registered_at.max(scene.world.history_start),
            until: STREAM_END,
        }
    }

    /// Lives it.
    pub fn live(&self, scene: &mut Scene) -> io::Result<()> {
        let offset = scene.offset_minutes(self.city);
        let mut at = self.from;
        // Who has just registered looks around at once, more often than not.
        let fresh = self.from == self.account.registered_at;
        if fresh && self.from < self.until && scene.dice.chance(0.6) {
            at += (scene.dice.log_normal(3.0, 1.0) * MINUTE as f64) as i64;
            self.session(scene, at)?;
        } else if !fresh {
            at -= (scene.dice.share() * self.gap(scene, at) as f64) as i64;
        }
        loop {
            at = self.next(scene, at, offset);
            if at >= self.until {
                break;
            }
            let rests = self
                .habit
                .rhythm
                .rests(Local::of(at, offset), &mut scene.dice);
            if at >= self.from && !rests {
                self.session(scene, at)?;
            }
        }
        self.scheduled(scene, offset)
    }

    /// A log-normal gap; its scale is another one during the event.
    fn gap(&self, scene: &mut Scene, at: i64) -> i64 {
        let median = if in_period(at) {
            self.habit.event_gap_days
        } else {
            self.habit.history_gap_days
        };
        let days = scene.dice.log_normal(median, self.habit.gap_sigma);
        (days * scene.profile.gap_factor() * DAY as f64) as i64 + MINUTE
    }

    fn next(&self, scene: &mut Scene, at: i64, offset: i64) -> i64 {
        let mut next = at + self.gap(scene, at);
        // The event begins while one is away: one comes by at the event's pace.
        if at < PERIOD_START && next > PERIOD_START {
            let wait = self.gap(scene, PERIOD_START) as f64 * scene.dice.share();
            next = next.min(PERIOD_START + wait as i64);
        }
        let local = Local::of(next, offset);
        let far = next - at > DAY / 2;
        if far
            || (self.habit.rhythm.asleep(local)
                && !scene.dice.chance(self.habit.rhythm.round_the_clock))
        {
            let minute = self.habit.rhythm.minute(&mut scene.dice);
            next = moment(local.day, minute, offset) + scene.dice.whole(0, 59_999) as i64;
        }
        if next <= at {
            // That hour of the day is over: the next one it is.
            next += DAY;
        }
        next
    }

    fn station<'s>(&'s self, scene: &mut Scene, at: i64) -> &'s Station {
        let local = Local::of(at, scene.offset_minutes(self.city));
        let working = !local.weekend() && (540..1_140).contains(&local.minute);
        let weight = |station: &Station| {
            let here = match station.when {
                When::Any => 1.0,
                When::Work => f64::from(u8::from(working)),
                // People are at home on working days too, now and then.
                When::Home if working => 0.15,
                When::Home => 1.0,
            };
            let desktop = in_period(at) && !station.device.mobile();
            station.weight * here * if desktop { DESKTOP_DURING_EVENT } else { 1.0 }
        };
        let weights = self.stations.iter().map(weight);
        &self.stations[scene.dice.weighted(weights)]
    }

    fn session(&self, scene: &mut Scene, at: i64) -> io::Result<()> {
        let station = self.station(scene, at);
        let during = in_period(at);
        let address = station.access.address(scene.world, &mut scene.dice, at);
        let covered = match during {
            true => self.habit.covered_surface,
            false => COVERED_BEFORE,
        };
        let surface = surface_of(&station.device, covered, &mut scene.dice);
        scene.login(self.account, (&station.device, address, surface), at)?;
        let mut mean = self.habit.tasks_a_session * scene.profile.task_factor();
        if !during {
            mean *= TASKS_OUTSIDE_EVENT;
        }
        if station.device.mobile() {
            mean *= TASKS_ON_PHONES;
        }
        // A negative binomial number: some sessions are long.
        let drawn = scene.dice.log_normal(mean.max(1e-6), 0.6);
        let tasks = scene.dice.count(drawn).min(TASKS_A_SESSION_AT_MOST);
        let mut begin = at;
        for _ in 0..tasks {
            begin += (scene.dice.log_normal(2.0, 1.0) * MINUTE as f64) as i64 + 2_000;
            let minutes = scene.dice.log_normal(self.habit.task_minutes, 0.9);
            let length = (minutes * MINUTE as f64) as i64 + 1_500;
            let running = scene.dice.chance(0.004);
            let work = Work {
                surface,
                started: begin,
                completed: (!running).then_some(begin + length),
                tokens: self.tokens(scene, self.habit.tokens_sigma),
                input: input_of(scene, self.habit.input, self.habit.by_themselves),
                seen: true,
                told: None,
            };
            scene.work(self.account, &station.device, address, work)?;
            // The next one often begins before this one ends.
            begin += (length as f64 * scene.dice.between(0.1, 1.0)) as i64;
        }
        Ok(())
    }

    fn tokens(&self, scene: &mut Scene, sigma: f64) -> u64 {
        if scene.dice.chance(self.habit.tiny) {
            return scene.dice.whole(20, 400);
        }
        let drawn = scene.dice.log_normal(self.habit.tokens_median, sigma);
        drawn.clamp(10.0, TOKENS_AT_MOST) as u64
    }

    /// Tasks by schedule, on the computer used most.
    fn scheduled(&self, scene: &mut Scene, offset: i64) -> io::Result<()> {
        let Some(schedule) = self.habit.schedule else {
            return Ok(());
        };
        let computers = self
            .stations
            .iter()
            .filter(|station| !station.device.mobile());
        let Some(station) = computers.max_by(|a, b| a.weight.total_cmp(&b.weight)) else {
            return Ok(());
        };
        let first = Local::of(PERIOD_START, offset).day;
        for day in first + schedule.days.0..first + schedule.days.1 {
            let mut minute = schedule.hours.0;
            let address_at = moment(day, minute, offset);
            let address = station
                .access
                .address(scene.world, &mut scene.dice, address_at);
            while minute < schedule.hours.1 {
                let off = scene.dice.normal(0.0, schedule.jitter_seconds) * 1_000.0;
                let started = moment(day, minute, offset) + off as i64;
                minute += schedule.every_minutes * scene.profile.gap_factor();
                let outside = started < self.from || started >= self.until.min(PERIOD_END);
                if outside || !scene.dice.chance(schedule.reliable) {
                    continue;
                }
                let minutes = scene.dice.log_normal(self.habit.task_minutes, 0.5);
                let work = Work {
                    surface: "work-desktop",
                    started,
                    completed: Some(started + (minutes * MINUTE as f64) as i64 + 1_500),
                    tokens: self.tokens(scene, schedule.tokens_sigma),
                    input: input_of(scene, schedule.input, 0.0),
                    seen: true,
                    told: None,
                };
                scene.work(self.account, &station.device, address, work)?;
            }
        }
        Ok(())
    }
}

/// What the client counts while a task is set up.
pub fn input_of(scene: &mut Scene, input: Input, by_itself: f64) -> Option<u32> {
    let alone = scene.dice.chance(by_itself);
    match input {
        Input::Unknown => None,
        Input::Nothing => Some(0),
        Input::Hands(_) if alone => Some(0),
        Input::Hands(median) => Some(scene.dice.log_normal(median, 0.9) as u32),
        Input::Faked(median) => Some(scene.dice.log_normal(median, 0.25) as u32),
    }
}
