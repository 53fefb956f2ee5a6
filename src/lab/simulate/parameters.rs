//! The numbers of a world, drawn anew for each seed, so that no threshold fits two of them.

use serde::Serialize;

use super::dice::Dice;

/// Declares the parameters: name, what it is, and the range it is drawn from.
macro_rules! parameters {
    ($($(#[$meaning:meta])* $name:ident: $low:literal .. $high:literal;)*) => {
        /// Every number that is drawn for a world; `docs/simulator.md` gives the source of each range.
        #[derive(Clone, Debug, Serialize)]
        pub struct Parameters {
            $($(#[$meaning])* pub $name: f64,)*
        }

        impl Parameters {
            /// Name and range of each.
            pub const RANGES: &'static [(&'static str, f64, f64)] =
                &[$((stringify!($name), $low, $high)),*];

            /// Draws a world's parameters.
            pub fn draw(seed: u64) -> Self {
                let mut dice = Dice::of(&[seed, 0x7061_7261]);
                Parameters { $($name: dice.between($low, $high),)* }
            }
        }
    };
}

parameters! {
    // -- time -------------------------------------------------------------------------------------
    /// Days of history before the event.
    history_days: 60.0 .. 90.0;
    /// Share of ordinary accounts that registered before the history begins.
    registered_before_history: 0.30 .. 0.45;
    /// Share of ordinary accounts that register because of the event, in its first days.
    registered_for_event: 0.10 .. 0.22;
    /// Median days between two active days before the event.
    history_gap_days: 5.0 .. 8.0;
    /// Median days between two active days during the event.
    event_gap_days: 1.7 .. 2.6;
    /// Standard deviation of the logarithm of gaps: heavy tails, as measured of humans.
    gap_sigma: 0.9 .. 1.25;
    /// How much the person matters for the gap (standard deviation of the logarithm between people).
    activity_sigma: 0.55 .. 0.85;
    /// Probability that somebody rests on a weekend day.
    weekend_rest: 0.10 .. 0.35;
    // -- tasks --------------------------------------------------------------------------------------
    /// Tasks an active session on the desktop, median over people.
    tasks_a_session: 1.8 .. 3.0;
    /// Median tokens of a task.
    tokens_median: 18_000.0 .. 60_000.0;
    /// Standard deviation of the logarithm of a task's tokens within a person.
    tokens_sigma_within: 0.8 .. 1.2;
    /// The same between people.
    tokens_sigma_between: 0.9 .. 1.4;
    /// Median minutes of a task.
    task_minutes: 4.0 .. 11.0;
    /// Median input events of a task that a person sets up.
    input_events_median: 70.0 .. 190.0;
    /// Share of tasks whose start is in the stream too.
    task_starts_seen: 0.45 .. 0.75;
    /// Share of people whose client doesn't count input.
    input_unknown: 0.08 .. 0.20;
    /// Share of ordinary people's tasks that run by themselves (an agent goes on).
    tasks_by_themselves: 0.03 .. 0.10;
    /// Share of ordinary people with a habit of tiny tasks.
    tiny_task_people: 0.02 .. 0.05;
    // -- places and networks -------------------------------------------------------------------------
    /// Accounts a city, which sets how many share its networks.
    accounts_a_city: 900.0 .. 1_800.0;
    /// People behind one address of a mobile carrier.
    carrier_people_an_address: 150.0 .. 700.0;
    /// Share of homes that are behind a broadband provider's NAT.
    homes_behind_nat: 0.15 .. 0.35;
    /// Homes behind one address of such a NAT.
    homes_an_address: 8.0 .. 60.0;
    /// Share of sessions from a home that go by IPv6.
    ipv6_home: 0.15 .. 0.40;
    /// Share of sessions on mobile data that go by IPv6.
    ipv6_mobile: 0.25 .. 0.50;
    /// Median days that a home keeps its address.
    lease_days: 6.0 .. 25.0;
    /// Share of people whose home is in China.
    share_in_china: 0.66 .. 0.84;
    /// Share of honest people who use a VPN now and then, whatever their population.
    vpn_now_and_then: 0.02 .. 0.05;
    /// Share of scheduled tasks, honest or not, that begin on the full minute.
    on_the_minute: 0.35 .. 0.75;
    // -- devices and identifiers -----------------------------------------------------------------------
    /// Share of desktops that report a hardware fingerprint.
    fingerprint_reported: 0.80 .. 0.93;
    /// Share of honest desktops that are virtual machines or look it.
    honest_virtual_machines: 0.015 .. 0.04;
    /// Share of honest phones that lack a sensor or look it.
    honest_phone_signals: 0.004 .. 0.012;
    /// Share of ordinary accounts whose phone number stands on the virtual operators' blocks.
    virtual_operator_numbers: 0.02 .. 0.05;
    /// Share of ordinary accounts whose number is, or was, on a list of borrowed ones.
    listed_numbers: 0.0008 .. 0.003;
    /// Share of logins that carry the phone number.
    number_on_login: 0.15 .. 0.45;
    /// Share of logins that carry the display name.
    name_on_login: 0.10 .. 0.40;
    /// Share of accounts that bind their number only after registering.
    number_bound_later: 0.04 .. 0.10;
    /// Share of accounts with a payment card on file.
    payment_card_known: 0.05 .. 0.12;
    /// Share of accounts with an e-mail address on file.
    email_known: 0.10 .. 0.25;
    /// Share of accounts that keep the name the service gave them.
    default_names: 0.12 .. 0.30;
    /// Days a client takes to install a release, median.
    release_lag_days: 2.0 .. 6.0;
    // -- shared places ---------------------------------------------------------------------------------
    /// People in a household that shares a computer, mean beyond two.
    household_more: 0.6 .. 1.5;
    /// Students a campus, median.
    campus_people: 90.0 .. 260.0;
    /// Students a lab computer.
    students_a_lab_computer: 4.0 .. 11.0;
    /// Customers an internet café, median.
    cafe_people: 60.0 .. 170.0;
    /// Customers a café computer.
    customers_a_cafe_computer: 4.0 .. 12.0;
    /// People in an office, median.
    office_people: 12.0 .. 40.0;
    /// People in a class that registers together, median.
    class_people: 22.0 .. 45.0;
    /// Minutes within which a class registers.
    class_minutes: 6.0 .. 30.0;
    /// People on cloud desktops of one image, median.
    cloud_image_people: 25.0 .. 90.0;
    /// Strangers whom one faulty device id joins, median.
    faulty_id_people: 15.0 .. 60.0;
    /// Days between two holders of a recycled number at least.
    recycling_days: 25.0 .. 45.0;
    // -- abuse -----------------------------------------------------------------------------------------
    /// Accounts of a farm, smallest.
    farm_smallest: 4.0 .. 9.0;
    /// Accounts of a farm, largest.
    farm_largest: 80.0 .. 220.0;
    /// How thorough farms are on average: 0 crude, 1 every identifier separated.
    thoroughness_mean: 0.35 .. 0.55;
    /// How much thoroughness varies.
    thoroughness_spread: 0.22 .. 0.32;
    /// Share of a farm's activity that imitates people, on average.
    cover_mean: 0.15 .. 0.40;
    /// Median tokens of a farm's task, as a multiple of people's.
    farm_tokens_multiple: 0.8 .. 2.5;
    /// Accounts that one operator works for, median.
    operator_customers: 8.0 .. 24.0;
    /// Accounts of a person who has several, mean beyond two.
    duplicate_more: 0.3 .. 1.0;
    /// How much of themselves people with several accounts hide, on average.
    duplicate_care: 0.30 .. 0.55;
    /// Users of a shared account, median.
    sharing_users: 5.0 .. 12.0;
    // -- the stream ------------------------------------------------------------------------------------
    /// Share of events that come twice.
    repeats: 0.001 .. 0.004;
    /// Share of events that come late.
    late: 0.002 .. 0.008;
    /// Median minutes by which late events are late.
    late_minutes: 8.0 .. 90.0;
    /// Share of covered tasks with another offer applied.
    other_offers: 0.006 .. 0.02;
    /// Share of broken lines, where they are asked for.
    broken: 0.001 .. 0.004;
}
