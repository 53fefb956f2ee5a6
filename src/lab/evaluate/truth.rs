//! Who is who: the truth file of a labelled data set (contract §4).

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::lab::label::Label;

/// One line of a truth file. More fields are allowed and ignored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TruthLine {
    /// The account.
    pub account_id: String,
    /// The true same user behind it.
    pub person: String,
    /// What it is.
    pub label: Label,
    /// The kind of people or operation it belongs to; the label's name where there is none.
    #[serde(default)]
    pub population: Option<String>,
    /// The operation it belongs to, such as one farm; the person where there is none.
    #[serde(default)]
    pub group: Option<String>,
    /// Of a person's duplicate accounts, the one registered first.
    #[serde(default)]
    pub primary: bool,
}

impl TruthLine {
    fn population(&self) -> &str {
        let named = self.population.as_deref();
        named.unwrap_or_else(|| self.label.name())
    }
}

/// Why a truth file is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TruthError {
    /// It labels nobody.
    #[error("the truth names no account")]
    Empty,
    /// Two lines of one account.
    #[error("account_id: `{0}` stands on two lines of the truth")]
    Twice(String),
}

/// One account and what is true of it. Persons, populations and groups are numbered from 0.
#[derive(Clone, Debug)]
pub struct LabelledAccount {
    /// The operator's id.
    pub id: String,
    /// The person behind it.
    pub person: u32,
    /// What it is.
    pub label: Label,
    /// Its population.
    pub population: u32,
    /// What it is drawn with: its group where it has one, else its person. Accounts of one cluster
    /// share their fate, so intervals resample clusters.
    pub cluster: u32,
    /// Whether it is the first of a person's duplicates.
    pub primary: bool,
}

/// The truth about every labelled account.
#[derive(Clone, Debug)]
pub struct Truth {
    accounts: Vec<LabelledAccount>,
    by_id: HashMap<String, u32>,
    persons: usize,
    populations: Vec<String>,
    clusters: Vec<String>,
}

/// Numbers names in the order in which they come.
#[derive(Default)]
struct Names {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).expect("fewer than 2^32 names");
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }
}

impl Truth {
    /// Reads the lines of a truth file.
    ///
    /// # Errors
    /// There are none, or two of one account.
    pub fn new(lines: impl IntoIterator<Item = TruthLine>) -> Result<Self, TruthError> {
        let lines: Vec<TruthLine> = lines.into_iter().collect();
        let mut populations = Names::default();
        // In the order of the alphabet, whatever the order of the file.
        let names: BTreeSet<&str> = lines.iter().map(TruthLine::population).collect();
        for name in names {
            populations.number(name);
        }
        let (mut persons, mut clusters) = (Names::default(), Names::default());
        let (mut accounts, mut by_id) = (Vec::new(), HashMap::new());
        for line in lines {
            let number = u32::try_from(accounts.len()).expect("fewer than 2^32 accounts");
            if by_id.insert(line.account_id.clone(), number).is_some() {
                return Err(TruthError::Twice(line.account_id));
            }
            let population = populations.number(line.population());
            // A group's name must not meet a person's.
            let cluster = match &line.group {
                Some(group) => format!("group {group}"),
                None => format!("person {}", line.person),
            };
            accounts.push(LabelledAccount {
                person: persons.number(&line.person),
                label: line.label,
                population,
                cluster: clusters.number(&cluster),
                primary: line.primary,
                id: line.account_id,
            });
        }
        if accounts.is_empty() {
            return Err(TruthError::Empty);
        }
        Ok(Truth {
            accounts,
            by_id,
            persons: persons.names.len(),
            populations: populations.names,
            clusters: clusters.names,
        })
    }

    /// Every account, in the order of the file.
    pub fn accounts(&self) -> &[LabelledAccount] {
        &self.accounts
    }

    /// An account by its number.
    pub fn account(&self, number: u32) -> &LabelledAccount {
        &self.accounts[number as usize]
    }

    /// The number of an account.
    pub fn find(&self, account_id: &str) -> Option<u32> {
        self.by_id.get(account_id).copied()
    }

    /// Persons there are.
    pub fn person_count(&self) -> usize {
        self.persons
    }

    /// The names of the populations, by number.
    pub fn populations(&self) -> &[String] {
        &self.populations
    }

    /// The name of a cluster: a group's, or a person's.
    pub fn cluster_name(&self, cluster: u32) -> &str {
        let name = &self.clusters[cluster as usize];
        name.split_once(' ').map_or(name, |(_, name)| name)
    }

    /// Clusters there are.
    pub fn cluster_count(&self) -> usize {
        self.clusters.len()
    }
}
