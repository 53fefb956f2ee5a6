//! When and how somebody uses the service.

use super::{calendar::Local, dice::Dice, parameters::Parameters};

/// How a day goes.
#[derive(Clone, Copy)]
pub struct Rhythm {
    /// Minutes by which the day is shifted against the usual one.
    pub shift: f64,
    /// Weights of morning, afternoon and evening.
    pub parts: [f64; 3],
    /// Share of uses at any hour of the clock, sleep or not.
    pub round_the_clock: f64,
    /// Probability to rest on a weekend day.
    pub weekend_rest: f64,
    /// Probability to rest on any other day.
    pub weekday_rest: f64,
}

/// Middle and width of morning, afternoon and evening use, minutes since midnight. The three humps are
/// those of logins to a national sign-on service (Wiefling et al. 2022), widened.
const PARTS: [(f64, f64); 3] = [(620.0, 75.0), (915.0, 85.0), (1_260.0, 80.0)];

impl Rhythm {
    /// Somebody's.
    pub fn draw(parameters: &Parameters, dice: &mut Dice) -> Self {
        Rhythm {
            shift: dice.normal(0.0, 50.0),
            parts: [
                dice.between(0.2, 1.0),
                dice.between(0.4, 1.2),
                dice.between(0.4, 1.4),
            ],
            round_the_clock: 0.01,
            weekend_rest: parameters.weekend_rest * dice.between(0.0, 2.0),
            weekday_rest: 0.0,
        }
    }

    /// A minute of the day, perhaps past midnight (above 1,440).
    pub fn minute(&self, dice: &mut Dice) -> f64 {
        if dice.chance(self.round_the_clock) {
            return dice.between(0.0, 1_440.0);
        }
        let (middle, width) = PARTS[dice.weighted(self.parts.into_iter())];
        dice.normal(middle + self.shift, width).max(0.0)
    }

    /// Whether one rests on such a day.
    pub fn rests(&self, local: Local, dice: &mut Dice) -> bool {
        dice.chance(if local.weekend() {
            self.weekend_rest
        } else {
            self.weekday_rest
        })
    }

    /// Whether one is likely asleep.
    pub fn asleep(&self, local: Local) -> bool {
        let minute = (local.minute as f64 - self.shift).rem_euclid(1_440.0);
        (60.0..430.0).contains(&minute)
    }
}

/// What the client sees of somebody's hands while tasks are set up.
#[derive(Clone, Copy)]
pub enum Input {
    /// So many events, median.
    Hands(f64),
    /// None.
    Nothing,
    /// A machine's: always about as many.
    Faked(f64),
    /// The client doesn't count.
    Unknown,
}

/// Tasks at set times, whoever is there.
#[derive(Clone, Copy)]
pub struct Schedule {
    pub every_minutes: f64,
    /// Local minutes between which it runs.
    pub hours: (f64, f64),
    /// Seconds by which a start is off.
    pub jitter_seconds: f64,
    /// Probability that a run happens.
    pub reliable: f64,
    /// Days of the event on which it runs: from, to.
    pub days: (i64, i64),
    pub input: Input,
    /// Standard deviation of the logarithm of its tasks' tokens.
    pub tokens_sigma: f64,
}

/// Somebody's use of the service.
#[derive(Clone)]
pub struct Habit {
    pub rhythm: Rhythm,
    /// Median days between active days, before and during the event, and how they vary.
    pub history_gap_days: f64,
    pub event_gap_days: f64,
    pub gap_sigma: f64,
    pub tasks_a_session: f64,
    pub tokens_median: f64,
    pub tokens_sigma: f64,
    pub task_minutes: f64,
    pub input: Input,
    pub schedule: Option<Schedule>,
    /// Share of uses of a computer during the event that are of the event's surface.
    pub covered_surface: f64,
    /// Share of tasks that run without a hand.
    pub by_themselves: f64,
    /// Share of tasks that are tiny.
    pub tiny: f64,
}

impl Habit {
    /// An ordinary person's.
    pub fn draw(parameters: &Parameters, dice: &mut Dice) -> Self {
        // Who comes often comes often before and during the event.
        let activity = dice.log_normal(1.0, parameters.activity_sigma);
        let input = if dice.chance(parameters.input_unknown) {
            Input::Unknown
        } else {
            Input::Hands(dice.log_normal(parameters.input_events_median, 0.5))
        };
        Habit {
            rhythm: Rhythm::draw(parameters, dice),
            history_gap_days: parameters.history_gap_days * activity,
            event_gap_days: parameters.event_gap_days * activity,
            gap_sigma: parameters.gap_sigma,
            tasks_a_session: dice.log_normal(parameters.tasks_a_session, 0.5),
            tokens_median: dice
                .log_normal(parameters.tokens_median, parameters.tokens_sigma_between),
            tokens_sigma: parameters.tokens_sigma_within * dice.between(0.7, 1.3),
            task_minutes: dice.log_normal(parameters.task_minutes, 0.4),
            input,
            schedule: None,
            covered_surface: match dice.chance(0.3) {
                true => 1.0,
                false => dice.between(0.5, 1.0),
            },
            by_themselves: parameters.tasks_by_themselves * dice.log_normal(1.0, 0.8),
            tiny: if dice.chance(parameters.tiny_task_people) {
                dice.between(0.3, 0.9)
            } else {
                0.02
            },
        }
    }

    /// The same person's, at so many times the pace.
    pub fn faster(mut self, times: f64) -> Self {
        self.history_gap_days /= times;
        self.event_gap_days /= times;
        self
    }
}
