//! Time in the simulated world: milliseconds since 1970, UTC.

/// A minute.
pub const MINUTE: i64 = 60_000;
/// An hour.
pub const HOUR: i64 = 60 * MINUTE;
/// A day.
pub const DAY: i64 = 24 * HOUR;
/// 2026-06-16 00:00 Beijing Time: the event begins.
pub const PERIOD_START: i64 = 1_781_539_200_000;
/// 2026-07-01 00:00 Beijing Time: the event's last minute, 23:59, has passed.
pub const PERIOD_END: i64 = PERIOD_START + 15 * DAY;
/// The stream goes on for a while after the event.
pub const STREAM_END: i64 = PERIOD_END + 30 * HOUR;

/// A moment on somebody's clock.
#[derive(Clone, Copy)]
pub struct Local {
    /// Days since 1970 there.
    pub day: i64,
    /// Minutes since midnight there.
    pub minute: i64,
}

impl Local {
    /// The clock of a place so many minutes east of Greenwich.
    pub fn of(at: i64, offset_minutes: i64) -> Self {
        let there = at + offset_minutes * MINUTE;
        Local {
            day: there.div_euclid(DAY),
            minute: there.rem_euclid(DAY) / MINUTE,
        }
    }

    /// Saturday or Sunday.
    pub fn weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        (self.day + 4).rem_euclid(7) % 6 == 0
    }
}

/// The moment when a clock so many minutes east of Greenwich shows this.
pub fn moment(day: i64, minute: f64, offset_minutes: i64) -> i64 {
    day * DAY + (minute * MINUTE as f64) as i64 - offset_minutes * MINUTE
}

/// Whether the event is on.
pub fn in_period(at: i64) -> bool {
    (PERIOD_START..PERIOD_END).contains(&at)
}
