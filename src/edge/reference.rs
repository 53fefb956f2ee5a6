//! Reference data: which networks are data centres, VPNs and relays, and which phone numbers web sites
//! lend to anybody. It comes from two text files that an operator can refresh; without them every
//! class is unknown and all else works. What an event gets from it is recorded with the event, so
//! that a refresh changes no past score.

use std::{collections::HashSet, net::IpAddr, str::FromStr};

use ipnet::IpNet;

use crate::domain::event::{NetworkClass, NumberClass};

/// The classes that a file of networks may name, the first that holds an address counts: relays lie
/// inside data centres' ranges, yet the people behind them are at home.
const CLASSES: [(&str, NetworkClass); 3] = [
    ("relay", NetworkClass::Relay),
    ("vpn", NetworkClass::Vpn),
    ("data_centre", NetworkClass::DataCentre),
];

/// Networks and numbers that are known to be of a class.
#[derive(Default)]
pub struct ReferenceData {
    networks: Networks,
    numbers: Numbers,
}

/// Why a file of reference data is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("line {line}: {problem}")]
pub struct ReferenceError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: &'static str,
}

#[derive(Default)]
struct Networks {
    revision: u32,
    v4: Stretches<u32>,
    v6: Stretches<u128>,
}

/// All addresses, cut where the class changes, so that one search finds it.
struct Stretches<A> {
    /// The first address of each stretch, ascending.
    first: Vec<A>,
    /// Its class, if a file names one.
    class: Vec<Option<NetworkClass>>,
}

impl<A> Default for Stretches<A> {
    fn default() -> Self {
        Stretches {
            first: Vec::new(),
            class: Vec::new(),
        }
    }
}

#[derive(Default)]
struct Numbers {
    revision: u32,
    disposable: HashSet<u64, hashbrown::DefaultHashBuilder>,
}

impl ReferenceData {
    /// Reads the two files: lines of `class prefix`, and lines of digits without `+`. Each begins with
    /// `# revision N`, N a whole number such as the date 20260822; further lines that begin with `#` are
    /// comments.
    ///
    /// # Errors
    /// A line is none of these; its number is named.
    pub fn parse(networks: &str, numbers: &str) -> Result<Self, ReferenceError> {
        Ok(ReferenceData {
            networks: Networks::parse(networks)?,
            numbers: Numbers::parse(numbers)?,
        })
    }

    /// The class of an address's network, and the revision of the file that says so.
    pub fn network(&self, address: IpAddr) -> (NetworkClass, u32) {
        let networks = &self.networks;
        let found = match address.to_canonical() {
            IpAddr::V4(address) => networks.v4.class(address.to_bits()),
            IpAddr::V6(address) => networks.v6.class(address.to_bits()),
        };
        let class = match found {
            Some(class) => class,
            None if networks.revision > 0 => NetworkClass::Ordinary,
            None => NetworkClass::Unknown,
        };
        (class, networks.revision)
    }

    /// The class of a phone number in E.164, and the revision of the file that says so.
    pub fn number(&self, number: &str) -> (NumberClass, u32) {
        let numbers = &self.numbers;
        let digits = number.trim_start_matches('+').parse();
        let class = match digits {
            Ok(digits) if numbers.disposable.contains(&digits) => NumberClass::Disposable,
            _ if numbers.revision > 0 => NumberClass::Ordinary,
            _ => NumberClass::Unknown,
        };
        (class, numbers.revision)
    }
}

impl Networks {
    fn parse(text: &str) -> Result<Self, ReferenceError> {
        let mut classes = <[Vec<IpNet>; CLASSES.len()]>::default();
        for (number, line) in content(text) {
            let fault = |problem| ReferenceError {
                line: number,
                problem,
            };
            let words = line.split_once(' ');
            let (class, prefix) = words.ok_or(fault("expected a class and a prefix"))?;
            let position = CLASSES.iter().position(|(name, _)| *name == class);
            let position = position.ok_or(fault("the class must be relay, vpn or data_centre"))?;
            let net = IpNet::from_str(prefix.trim()).map_err(|_| fault("the prefix is none"))?;
            classes[position].push(net);
        }
        let mut v4 = <[Ranges<u32>; CLASSES.len()]>::default();
        let mut v6 = <[Ranges<u128>; CLASSES.len()]>::default();
        for ((nets, v4), v6) in classes.iter().zip(&mut v4).zip(&mut v6) {
            for net in IpNet::aggregate(nets) {
                match net {
                    IpNet::V4(net) => {
                        let last = net.broadcast().to_bits();
                        v4.push((net.network().to_bits(), last.checked_add(1)));
                    }
                    IpNet::V6(net) => {
                        let last = net.broadcast().to_bits();
                        v6.push((net.network().to_bits(), last.checked_add(1)));
                    }
                }
            }
        }
        Ok(Networks {
            revision: revision(text)?,
            v4: Stretches::of(v4),
            v6: Stretches::of(v6),
        })
    }
}

/// The first address of each network of a class and the first after it, if any is: no two overlap,
/// ascending.
type Ranges<A> = Vec<(A, Option<A>)>;

impl<A: Copy + Ord> Stretches<A> {
    /// Of the networks of each of [`CLASSES`], the first that holds an address counts.
    fn of(classes: [Ranges<A>; CLASSES.len()]) -> Self {
        let ends = |(first, end): &(A, Option<A>)| [Some(*first), *end];
        let mut cuts: Vec<A> = classes.iter().flatten().flat_map(ends).flatten().collect();
        cuts.sort_unstable();
        cuts.dedup();
        let holds = |ranges: &Ranges<A>, address: &A| {
            let after = ranges.partition_point(|(first, _)| first <= address);
            after > 0 && ranges[after - 1].1.is_none_or(|end| *address < end)
        };
        let mut stretches = Stretches::default();
        for first in cuts {
            let found = classes.iter().position(|ranges| holds(ranges, &first));
            let class = found.map(|position| CLASSES[position].1);
            if stretches.class.last() != Some(&class) {
                stretches.first.push(first);
                stretches.class.push(class);
            }
        }
        stretches
    }

    fn class(&self, address: A) -> Option<NetworkClass> {
        let after = self.first.partition_point(|first| *first <= address);
        self.class[..after].last().copied().flatten()
    }
}

impl Numbers {
    fn parse(text: &str) -> Result<Self, ReferenceError> {
        let digits = |(line, text): (usize, &str)| {
            let problem = "expected the digits of a phone number";
            text.parse().map_err(|_| ReferenceError { line, problem })
        };
        Ok(Numbers {
            revision: revision(text)?,
            disposable: content(text).map(digits).collect::<Result<_, _>>()?,
        })
    }
}

fn revision(text: &str) -> Result<u32, ReferenceError> {
    let first = text.lines().next().unwrap_or_default();
    let revision = first.strip_prefix("# revision ");
    let revision = revision.and_then(|number| number.trim().parse().ok());
    revision.filter(|number| *number > 0).ok_or(ReferenceError {
        line: 1,
        problem: "expected `# revision N`, N a whole number from 1 on",
    })
}

/// The lines that are no comments, with their numbers.
fn content(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(position, line)| (position + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}
