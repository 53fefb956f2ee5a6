//! What verification finds.

use std::fmt::{self, Display, Formatter};

/// Which of the three sequences a row belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Ledger {
    /// Events, in the table `event_page`.
    Event,
    /// Verdicts, in the table `verdict`.
    Verdict,
    /// Entries, in the table `entry`.
    Entry,
}

impl Ledger {
    fn plural(self) -> &'static str {
        match self {
            Ledger::Event => "events",
            Ledger::Verdict => "verdicts",
            Ledger::Entry => "entries",
        }
    }
}

impl Display for Ledger {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Ledger::Event => "event",
            Ledger::Verdict => "verdict",
            Ledger::Entry => "entry",
        })
    }
}

/// Something that is not as it was committed. Sequence numbers are inclusive.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// A row's content is not what its group was sealed over.
    RowChanged {
        /// Which sequence.
        ledger: Ledger,
        /// Which row.
        seq: u64,
        /// Its group.
        group: u64,
    },
    /// Two rows stand in each other's place.
    RowsSwapped {
        /// Which sequence.
        ledger: Ledger,
        /// The lower row.
        first: u64,
        /// The higher row.
        second: u64,
    },
    /// Rows that the group holds are not there.
    RowsMissing {
        /// Which sequence.
        ledger: Ledger,
        /// First missing row.
        first: u64,
        /// Last missing row.
        last: u64,
        /// Their group.
        group: u64,
    },
    /// Groups are not there; their rows and the next group's can't be checked.
    GroupsMissing {
        /// First missing group.
        first: u64,
        /// Last missing group.
        last: u64,
    },
    /// The group's own row does not fit (its chain, counts or tags), or rows were changed and its
    /// tags with them. Where the counts make no sense, its rows and the next group's can't be
    /// checked.
    GroupChanged {
        /// Which group.
        group: u64,
    },
    /// Rows after the last group: never committed by us, or their groups were removed.
    RowsUncovered {
        /// Which sequence.
        ledger: Ledger,
        /// First such row.
        first: u64,
        /// Last such row.
        last: u64,
    },
    /// An event page whose parts do not fit together, so that its events can't be read.
    PageMalformed {
        /// The page's first event.
        first_event: u64,
    },
}

impl Display for Fault {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Fault::RowChanged { ledger, seq, group } => {
                write!(formatter, "{ledger} {seq} (group {group}) was changed")
            }
            Fault::RowsSwapped {
                ledger,
                first,
                second,
            } => {
                write!(
                    formatter,
                    "{ledger} {first} and {ledger} {second} were swapped"
                )
            }
            Fault::RowsMissing {
                ledger,
                first,
                last,
                group,
            } if first == last => {
                write!(formatter, "{ledger} {first} (group {group}) is missing")
            }
            Fault::RowsMissing {
                ledger,
                first,
                last,
                group,
            } => {
                let plural = ledger.plural();
                write!(
                    formatter,
                    "{plural} {first} to {last} (group {group}) are missing"
                )
            }
            Fault::GroupsMissing { first, last } if first == last => {
                write!(formatter, "group {first} is missing")
            }
            Fault::GroupsMissing { first, last } => {
                write!(formatter, "groups {first} to {last} are missing")
            }
            Fault::GroupChanged { group } => {
                write!(
                    formatter,
                    "group {group} was changed: its chain, counts or tags"
                )
            }
            Fault::RowsUncovered {
                ledger,
                first,
                last,
            } if first == last => {
                write!(formatter, "{ledger} {first} is not covered by any group")
            }
            Fault::RowsUncovered {
                ledger,
                first,
                last,
            } => {
                let plural = ledger.plural();
                write!(
                    formatter,
                    "{plural} {first} to {last} are not covered by any group"
                )
            }
            Fault::PageMalformed { first_event } => {
                write!(formatter, "the page of event {first_event} is malformed")
            }
        }
    }
}
