//! Seats: which accounts have a campaign's discount. Taken by a verdict, given up by a verdict;
//! rebuilt from the ledger alone.

use hashbrown::HashMap;

use crate::domain::table::Sparse;

/// Seats of every campaign: account (index) to the sequence of the verdict that took the seat.
#[derive(Default)]
pub struct Seats {
    campaigns: HashMap<String, Sparse<u64>>,
}

impl Seats {
    /// The verdict that took an account's seat, where it has one.
    pub fn taken_at(&self, campaign: &str, account: u32) -> Option<u64> {
        self.campaigns.get(campaign)?.get(account).copied()
    }

    /// Takes a seat; an account that has one keeps its older one.
    pub fn take(&mut self, campaign: &str, account: u32, verdict: u64) {
        if !self.campaigns.contains_key(campaign) {
            self.campaigns.insert(campaign.into(), Sparse::default());
        }
        if let Some(seats) = self.campaigns.get_mut(campaign) {
            seats.get_or_insert(account, verdict);
        }
    }

    /// Gives a seat up that was taken before a verdict.
    pub fn vacate(&mut self, campaign: &str, account: u32, before_verdict: u64) {
        if let Some(seats) = self.campaigns.get_mut(campaign)
            && seats
                .get(account)
                .is_some_and(|taken| *taken < before_verdict)
        {
            seats.remove(account);
        }
    }

    /// Every seat: campaign, account, verdict.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32, u64)> {
        self.campaigns.iter().flat_map(|(campaign, seats)| {
            seats
                .iter()
                .map(move |(account, taken)| (campaign.as_str(), account, *taken))
        })
    }
}
