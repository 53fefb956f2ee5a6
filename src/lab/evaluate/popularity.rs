//! How many accounts share an identifier, and which accounts any chain of shared identifiers
//! connects: what the obvious alternatives look at.

use std::collections::{HashMap, HashSet};

use petgraph::unionfind::UnionFind;

use super::answers::Answer;

/// Identifiers of one kind and the accounts on them.
#[derive(Default)]
pub struct Popularity {
    numbers: HashMap<Box<str>, u32>,
    /// Of each identifier: accounts on it, and the first of them.
    accounts_on: Vec<(u32, u32)>,
    links: HashSet<(u32, u32)>,
    /// Identifiers of each account.
    identifiers_of: HashMap<u32, Vec<u32>>,
}

impl Popularity {
    /// Notes that an account was seen on an identifier; answers the first account ever seen there.
    pub fn link(&mut self, account: u32, identifier: &str) -> u32 {
        let number = match self.numbers.get(identifier) {
            Some(number) => *number,
            None => {
                let next = u32::try_from(self.accounts_on.len()).expect("fewer than 2^32");
                self.numbers.insert(identifier.into(), next);
                self.accounts_on.push((0, account));
                next
            }
        };
        let (count, first) = &mut self.accounts_on[number as usize];
        if self.links.insert((account, number)) {
            *count += 1;
            self.identifiers_of.entry(account).or_default().push(number);
        }
        *first
    }

    /// Accounts on the most shared identifier of an account, itself included; 0 where it has none.
    pub fn most_shared(&self, account: u32) -> u32 {
        let identifiers = self.identifiers_of.get(&account).into_iter().flatten();
        identifiers
            .map(|identifier| self.accounts_on[*identifier as usize].0)
            .max()
            .unwrap_or(0)
    }
}

/// Accounts joined by shared identifiers, and who of each component has the discount.
pub struct Components {
    sets: UnionFind<u32>,
    /// By representative: when the seat was taken, and by whom.
    seats: HashMap<u32, (u64, u32)>,
    questions: u64,
}

impl Default for Components {
    fn default() -> Self {
        Components {
            sets: UnionFind::new_empty(),
            seats: HashMap::new(),
            questions: 0,
        }
    }
}

impl Components {
    /// Joins two accounts and all that is joined to either. Of two seats the older one stays.
    pub fn join(&mut self, a: u32, b: u32) {
        let before = [self.component(a), self.component(b)];
        if before[0] == before[1] {
            return;
        }
        self.sets.union(a, b);
        let seats = before.map(|component| self.seats.remove(&component));
        if let Some(oldest) = seats.into_iter().flatten().min() {
            let joined = self.component(a);
            self.seats.insert(joined, oldest);
        }
    }

    /// Asks for the discount: the first account of a component to ask has it.
    pub fn ask(&mut self, account: u32) -> Answer {
        self.questions += 1;
        let (component, now) = (self.component(account), self.questions);
        let (_, holder) = *self.seats.entry(component).or_insert((now, account));
        answer(holder == account)
    }

    /// What would be answered now.
    pub fn answer(&mut self, account: u32) -> Answer {
        let component = self.component(account);
        let holder = self.seats.get(&component);
        answer(holder.is_none_or(|(_, holder)| *holder == account))
    }

    /// The component of an account.
    pub fn component(&mut self, account: u32) -> u32 {
        while self.sets.len() <= account as usize {
            self.sets.new_set();
        }
        self.sets.find_mut(account)
    }
}

fn answer(holds_seat: bool) -> Answer {
    if holds_seat {
        Answer::Allowed
    } else {
        Answer::NoSeat
    }
}
