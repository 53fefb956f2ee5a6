//! Verdicts held by accounts, in memory: which verdicts' benefit may still be corrected. Rebuilt from
//! checkpoint and ledger; 28 bytes a verdict.

use std::num::NonZeroU64;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::domain::{ledger::Book, table::Shelf};

/// The end of an account's list of verdicts.
const END: u32 = u32::MAX;
const SHARDS: usize = 1024;

/// What a held verdict answered. Stored as the `bool` of a grant would be, so variants are only added at the
/// end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HeldAnswer {
    /// It refused.
    Refused,
    /// It granted.
    Granted,
    /// It refused, since the account's own score revoked it.
    Found,
    /// It granted, since the campaign observes: else it would have been the former.
    WouldBeFound,
}

impl HeldAnswer {
    /// Whether it granted; else it refused.
    pub fn granted(self) -> bool {
        matches!(self, Self::Granted | Self::WouldBeFound)
    }

    /// Whether the account's own score revoked it, or would have where the campaign observes.
    pub fn found(self) -> bool {
        matches!(self, Self::Found | Self::WouldBeFound)
    }
}

/// One verdict whose benefit may still be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The verdict.
    pub verdict: u64,
    /// What it granted, or what it would have, token basis points.
    pub token_basis_points: u64,
    previous: u32,
    /// Number of the campaign.
    pub campaign: u16,
    /// What it answered.
    pub answer: HeldAnswer,
}

impl Held {
    /// Whether it granted; else it refused.
    pub fn granted(&self) -> bool {
        self.answer.granted()
    }
}

/// An account's verdicts of one campaign, what its standing there rests on, and its book.
#[derive(Clone, Debug)]
pub struct Account {
    /// Number of the campaign.
    pub campaign: u16,
    /// The last verdict.
    head: u32,
    /// Grants that stand: neither void nor being recovered.
    pub standing_grants: u32,
    /// A fingerprint of what speaks against the account; 0 = nothing. See [`super::standing`].
    pub ground: u64,
    /// The last verdict by which its own score revoked it.
    found: Option<NonZeroU64>,
    granted: u128,
    /// The rest of the book, where anything was ever corrected.
    corrected: Option<Box<Book>>,
}

impl Account {
    /// What the account had of the campaign.
    pub fn book(&self) -> Book {
        let corrected = self.corrected.as_deref().copied().unwrap_or_default();
        Book {
            granted: self.granted,
            ..corrected
        }
    }
}

/// The ground of an account of which it isn't known whether its verdicts were brought in line.
pub const GROUND_UNKNOWN: u64 = u64::MAX;

/// Accounts by index.
type Shard = HashMap<u32, SmallVec<[Account; 1]>>;

/// Verdicts by account and campaign.
pub struct HeldVerdicts {
    accounts: Vec<Shard>,
    verdicts: Shelf<Held>,
    owners: Shelf<u32>,
    campaigns: Vec<String>,
    /// What each campaign granted, by its number; adjustments are added by [`super::adjustments`].
    books: Vec<Book>,
    holders: Vec<u32>,
    /// How many of them hold any of each campaign, by its number.
    holders_in: Vec<usize>,
}

impl Default for HeldVerdicts {
    fn default() -> Self {
        HeldVerdicts {
            accounts: (0..SHARDS).map(|_| HashMap::new()).collect(),
            verdicts: Shelf::default(),
            owners: Shelf::default(),
            campaigns: Vec::new(),
            books: Vec::new(),
            holders: Vec::new(),
            holders_in: Vec::new(),
        }
    }
}

impl HeldVerdicts {
    /// The number of a campaign; given out on first use.
    pub fn campaign_number(&mut self, id: &str) -> u16 {
        let known = self.campaigns.iter().position(|known| known == id);
        let number = known.unwrap_or_else(|| {
            self.campaigns.push(id.into());
            self.books.push(Book::default());
            self.holders_in.push(0);
            self.campaigns.len() - 1
        });
        u16::try_from(number).expect("campaigns are limited to fewer than 2^16")
    }

    /// A campaign by its number.
    pub fn campaign(&self, number: u16) -> &str {
        &self.campaigns[usize::from(number)]
    }

    /// The campaigns, by number.
    pub fn campaigns(&self) -> &[String] {
        &self.campaigns
    }

    /// Changes the books of an account and of the campaign; `stands` says by how much the number of
    /// grants that stand changes.
    pub fn correct<T>(
        &mut self,
        (account, campaign): (u32, u16),
        stands: i32,
        change: impl Fn(&mut Book) -> T,
    ) -> T {
        let known = self.accounts[account as usize % SHARDS].get_mut(&account);
        let known = known.and_then(|known| known.iter_mut().find(|one| one.campaign == campaign));
        if let Some(known) = known {
            known.standing_grants = known.standing_grants.saturating_add_signed(stands);
            change(known.corrected.get_or_insert_default());
        }
        change(&mut self.books[usize::from(campaign)])
    }

    /// The books of every campaign.
    pub fn books(&self) -> impl Iterator<Item = (&str, &Book)> {
        self.campaigns.iter().map(String::as_str).zip(&self.books)
    }

    /// Adds a verdict, later than all that the account has.
    pub fn push(&mut self, account: u32, campaign: u16, held: (u64, u64, HeldAnswer)) {
        let (verdict, token_basis_points, answer) = held;
        let of_account = self.accounts[account as usize % SHARDS].entry(account);
        let is_new = matches!(of_account, hashbrown::hash_map::Entry::Vacant(_));
        let of_account = of_account.or_default();
        let position = of_account
            .iter()
            .position(|known| known.campaign == campaign);
        let position = position.unwrap_or_else(|| {
            self.holders_in[usize::from(campaign)] += 1;
            of_account.push(Account {
                campaign,
                head: END,
                standing_grants: 0,
                ground: 0,
                found: None,
                granted: 0,
                corrected: None,
            });
            of_account.len() - 1
        });
        let in_campaign = &mut of_account[position];
        in_campaign.head = self.verdicts.push(Held {
            verdict,
            token_basis_points,
            previous: in_campaign.head,
            campaign,
            answer,
        });
        self.owners.push(account);
        if answer.found() {
            in_campaign.found = NonZeroU64::new(verdict);
        }
        if answer.granted() {
            in_campaign.granted += u128::from(token_basis_points);
            in_campaign.standing_grants += 1;
            self.books[usize::from(campaign)].grant(token_basis_points);
        } else {
            // Whether the refusal still holds is found when the account is next examined.
            in_campaign.ground = GROUND_UNKNOWN;
        }
        if is_new {
            self.holders.push(account);
        }
    }

    /// The last verdict by which an account's own score revoked it in a campaign.
    pub fn found(&self, account: u32, campaign: &str) -> Option<u64> {
        let mut known = self.of(account).iter();
        let known = known.find(|one| self.campaign(one.campaign) == campaign)?;
        known.found.map(NonZeroU64::get)
    }

    /// Whether an account holds any.
    pub fn holds(&self, account: u32) -> bool {
        self.accounts[account as usize % SHARDS].contains_key(&account)
    }

    /// The campaigns in which an account holds verdicts.
    pub fn of(&self, account: u32) -> &[Account] {
        let known = self.accounts[account as usize % SHARDS].get(&account);
        known.map_or(&[], |known| known)
    }

    /// Sets what an account's standing rests on.
    pub fn set_ground(&mut self, account: u32, campaign: u16, ground: u64) {
        let known = self.accounts[account as usize % SHARDS].get_mut(&account);
        let known = known.and_then(|known| known.iter_mut().find(|one| one.campaign == campaign));
        if let Some(known) = known {
            known.ground = ground;
        }
    }

    /// Where the list of an account's verdicts of a campaign begins: with the last one.
    pub fn begin(&self, account: u32, campaign: u16) -> u32 {
        let known = self.of(account).iter().find(|one| one.campaign == campaign);
        known.map_or(END, |known| known.head)
    }

    /// The verdict at a place of such a list, and the next place.
    pub fn at(&self, place: u32) -> Option<(Held, u32)> {
        (place != END).then(|| {
            let held = self.verdicts[place];
            (held, held.previous)
        })
    }

    /// An account's verdicts of a campaign, the last one first.
    pub fn list(&self, account: u32, campaign: u16) -> impl Iterator<Item = Held> + '_ {
        let mut place = self.begin(account, campaign);
        std::iter::from_fn(move || {
            let (held, next) = self.at(place)?;
            place = next;
            Some(held)
        })
    }

    /// The verdicts at these places, with their accounts, for a checkpoint.
    pub fn places(&self, range: std::ops::Range<u32>) -> impl Iterator<Item = (u32, Held)> + '_ {
        range.map(|place| (self.owners[place], self.verdicts[place]))
    }

    /// Accounts that hold any, in the order of their first.
    pub fn holders(&self) -> &[u32] {
        &self.holders
    }

    /// How many accounts hold any of a campaign.
    pub fn holders_in(&self, campaign: &str) -> usize {
        let number = self.campaigns.iter().position(|known| known == campaign);
        number.map_or(0, |number| self.holders_in[number])
    }

    /// Verdicts held.
    pub fn len(&self) -> usize {
        self.verdicts.len()
    }

    /// Whether none are held.
    pub fn is_empty(&self) -> bool {
        self.verdicts.is_empty()
    }
}
