//! What honest people lost and what abusers got: shares of accounts and of tokens, over tasks that the
//! campaign's terms cover.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    answers::{Answer, AnsweredTask},
    interval::{Clustered, Estimate, Share, macro_average},
    truth::{LabelledAccount, Truth},
};
use crate::lab::label::Label;

/// What happened to one account's covered tasks.
#[derive(Clone, Copy, Debug, Default)]
struct AccountOutcome {
    asked: bool,
    revoked: bool,
    no_seat: bool,
    refused: bool,
    /// Refused, with blame or without, were all its tasks asked anew at the end.
    refused_at_end: bool,
    tokens: u64,
    tokens_allowed: u64,
    /// Charged in full though the terms cover them.
    tokens_in_full: u64,
    /// Of those, what would be discounted were they asked anew at the end.
    tokens_restored: u64,
    /// Of those allowed, what would not be revoked were they asked anew at the end.
    tokens_left: u64,
}

impl AccountOutcome {
    fn add(&mut self, task: &AnsweredTask) {
        let tokens = task.tokens;
        self.asked = true;
        self.revoked |= task.online == Answer::Revoked;
        self.no_seat |= task.online == Answer::NoSeat;
        self.refused |= task.online.is_refusal();
        self.refused_at_end |= task.at_end.is_refusal();
        self.tokens += tokens;
        if task.online == Answer::Allowed {
            self.tokens_allowed += tokens;
            if task.at_end != Answer::Revoked {
                self.tokens_left += tokens;
            }
        }
        if task.online.is_charged_in_full() {
            self.tokens_in_full += tokens;
            if task.at_end == Answer::Allowed {
                self.tokens_restored += tokens;
            }
        }
    }
}

/// What honest accounts suffered. Accounts count that asked about at least one covered task.
#[derive(Clone, Debug, Serialize)]
pub struct HonestHarm {
    /// Accounts with a covered task answered REVOKE.
    pub accounts_revoked: Share,
    /// Accounts with a covered task answered DENY for `SAME_USER_LIMIT`.
    pub accounts_refused_a_seat: Share,
    /// Tokens of covered tasks that were charged in full.
    pub tokens_not_discounted: Share,
    /// Tokens of covered tasks charged in full that stay so when asked anew at the end.
    pub tokens_not_restored: Share,
}

/// What was done against abusive accounts. Accounts count that asked about at least one covered task.
#[derive(Clone, Debug, Serialize)]
pub struct AbuseCaught {
    /// Accounts with a covered task answered REVOKE, or DENY on other grounds than the terms.
    pub accounts_refused: Share,
    /// Accounts with a covered task answered REVOKE.
    pub accounts_revoked: Share,
    /// Accounts refused when asked anew at the end.
    pub accounts_refused_at_end: Share,
    /// Tokens of covered tasks that were discounted when asked.
    pub tokens_allowed: Share,
    /// Tokens discounted when asked that are not revoked when asked anew at the end.
    pub tokens_left: Share,
}

/// [`AbuseCaught`] averaged over populations, each weighing the same: a few accounts hold most tokens.
#[derive(Clone, Debug, Serialize)]
pub struct AbuseCaughtMacro {
    /// Populations with a covered task.
    pub populations: usize,
    /// Of [`AbuseCaught::accounts_refused`].
    pub accounts_refused: Option<Estimate>,
    /// Of [`AbuseCaught::accounts_revoked`].
    pub accounts_revoked: Option<Estimate>,
    /// Of [`AbuseCaught::tokens_allowed`].
    pub tokens_allowed: Option<Estimate>,
    /// Of [`AbuseCaught::tokens_left`].
    pub tokens_left: Option<Estimate>,
}

/// One row of a table by population or by label.
#[derive(Clone, Debug, Serialize)]
pub struct Row<T> {
    /// The population, or the label.
    pub name: String,
    /// Accounts in the truth; persons, in tables of persons.
    pub count: u64,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: T,
}

/// Harm to honest people and what abusers got.
#[derive(Clone, Debug, Serialize)]
pub struct Harm {
    /// Honest accounts together.
    pub honest: HonestHarm,
    /// Honest accounts of each population.
    pub honest_by_population: Vec<Row<HonestHarm>>,
    /// Abusive accounts together, duplicates apart.
    pub abusive: AbuseCaught,
    /// The same, each population weighing as much.
    pub abusive_macro: AbuseCaughtMacro,
    /// Abusive accounts of each population.
    pub abusive_by_population: Vec<Row<AbuseCaught>>,
    /// Abusive accounts of each label; of duplicates those that are not a person's first.
    pub abusive_by_label: Vec<Row<AbuseCaught>>,
}

/// Outcomes of some accounts, by cluster: every share of the report is a ratio of these sums.
#[derive(Clone, Default)]
struct Tally {
    accounts: u64,
    revoked: Clustered<2>,
    no_seat: Clustered<2>,
    refused: Clustered<2>,
    refused_at_end: Clustered<2>,
    in_full: Clustered<2>,
    not_restored: Clustered<2>,
    allowed: Clustered<2>,
    left: Clustered<2>,
}

impl Tally {
    fn add(&mut self, cluster: u32, outcome: &AccountOutcome) {
        self.accounts += 1;
        if !outcome.asked {
            return;
        }
        let one = |happened: bool| [f64::from(u8::from(happened)), 1.0];
        self.revoked.add(cluster, one(outcome.revoked));
        self.no_seat.add(cluster, one(outcome.no_seat));
        self.refused.add(cluster, one(outcome.refused));
        self.refused_at_end
            .add(cluster, one(outcome.refused_at_end));
        let of_all = |tokens: u64| [tokens as f64, outcome.tokens as f64];
        self.in_full.add(cluster, of_all(outcome.tokens_in_full));
        let not_restored = outcome.tokens_in_full - outcome.tokens_restored;
        self.not_restored.add(cluster, of_all(not_restored));
        self.allowed.add(cluster, of_all(outcome.tokens_allowed));
        self.left.add(cluster, of_all(outcome.tokens_left));
    }

    fn honest(&self) -> HonestHarm {
        HonestHarm {
            accounts_revoked: Share::of(&self.revoked),
            accounts_refused_a_seat: Share::of(&self.no_seat),
            tokens_not_discounted: Share::of(&self.in_full),
            tokens_not_restored: Share::of(&self.not_restored),
        }
    }

    fn abusive(&self) -> AbuseCaught {
        AbuseCaught {
            accounts_refused: Share::of(&self.refused),
            accounts_revoked: Share::of(&self.revoked),
            accounts_refused_at_end: Share::of(&self.refused_at_end),
            tokens_allowed: Share::of(&self.allowed),
            tokens_left: Share::of(&self.left),
        }
    }

    fn row<T>(&self, name: &str, numbers: impl Fn(&Tally) -> T) -> Row<T> {
        Row {
            name: name.into(),
            count: self.accounts,
            numbers: numbers(self),
        }
    }
}

fn outcomes(truth: &Truth, tasks: &[AnsweredTask]) -> Vec<AccountOutcome> {
    let mut outcomes = vec![AccountOutcome::default(); truth.accounts().len()];
    for task in tasks {
        outcomes[task.account as usize].add(task);
    }
    outcomes
}

/// What honest accounts of each group suffered; groups ascending by name.
pub fn honest_by<'a>(
    truth: &Truth,
    tasks: &[AnsweredTask],
    group: impl Fn(&str) -> &'a str,
) -> Vec<Row<HonestHarm>> {
    let mut groups: BTreeMap<&str, Tally> = BTreeMap::new();
    for (account, outcome) in truth.accounts().iter().zip(outcomes(truth, tasks)) {
        if account.label.is_honest() {
            let tally = groups.entry(group(&account.id)).or_default();
            tally.add(account.cluster, &outcome);
        }
    }
    let rows = groups.iter();
    rows.map(|(name, tally)| tally.row(name, Tally::honest))
        .collect()
}

/// Measures harm.
pub fn harm(truth: &Truth, tasks: &[AnsweredTask]) -> Harm {
    let outcomes = outcomes(truth, tasks);
    let tally = |wanted: &dyn Fn(&LabelledAccount) -> bool| {
        let mut tally = Tally::default();
        for (account, outcome) in truth.accounts().iter().zip(&outcomes) {
            if wanted(account) {
                tally.add(account.cluster, outcome);
            }
        }
        tally
    };
    let mut honest: BTreeMap<u32, Tally> = BTreeMap::new();
    let mut abusive: BTreeMap<u32, Tally> = BTreeMap::new();
    for (account, outcome) in truth.accounts().iter().zip(&outcomes) {
        let populations = match account.label {
            label if label.is_honest() => &mut honest,
            label if label.is_abuse() => &mut abusive,
            _ => continue,
        };
        let tally = populations.entry(account.population).or_default();
        tally.add(account.cluster, outcome);
    }
    let name = |population: &u32| truth.populations()[*population as usize].as_str();
    let by_label = Label::ALL.into_iter().filter(|label| !label.is_honest());
    Harm {
        honest: tally(&|account| account.label.is_honest()).honest(),
        honest_by_population: honest
            .iter()
            .map(|(population, tally)| tally.row(name(population), Tally::honest))
            .collect(),
        abusive: tally(&|account| account.label.is_abuse()).abusive(),
        abusive_macro: macro_averages(&abusive),
        abusive_by_population: abusive
            .iter()
            .map(|(population, tally)| tally.row(name(population), Tally::abusive))
            .collect(),
        abusive_by_label: by_label
            .map(|label| {
                let first_of_several =
                    |account: &LabelledAccount| label == Label::DuplicateAccount && account.primary;
                let tally = tally(&|one| one.label == label && !first_of_several(one));
                tally.row(label.name(), Tally::abusive)
            })
            .filter(|row| row.count > 0)
            .collect(),
    }
}

fn macro_averages(populations: &BTreeMap<u32, Tally>) -> AbuseCaughtMacro {
    let average = |of: fn(&Tally) -> &Clustered<2>| macro_average(populations.values().map(of));
    let asked = populations
        .values()
        .filter(|tally| tally.refused.total()[1] > 0.0);
    AbuseCaughtMacro {
        populations: asked.count(),
        accounts_refused: average(|tally| &tally.refused),
        accounts_revoked: average(|tally| &tally.revoked),
        tokens_allowed: average(|tally| &tally.allowed),
        tokens_left: average(|tally| &tally.left),
    }
}
