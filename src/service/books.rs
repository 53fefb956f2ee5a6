//! Books on request: of an account, a user or a campaign.

use super::{engine::Engine, refusal::Refusal};
use crate::domain::ledger::Book;

impl Engine {
    /// What a campaign gave in all.
    ///
    /// # Errors
    /// There is no such campaign.
    pub fn campaign_book(&self, campaign_id: &str) -> Result<Book, Refusal> {
        self.campaign(campaign_id)?;
        let mut books = self.ledger.held.books();
        let found = books.find(|(campaign, _)| *campaign == campaign_id);
        Ok(found.map_or_else(Book::default, |(_, book)| *book))
    }

    /// What accounts had of a campaign.
    pub fn account_book(&self, accounts: &[u32], campaign_id: &str) -> Book {
        let held = &self.ledger.held;
        let of_campaign = accounts
            .iter()
            .flat_map(|account| held.of(*account))
            .filter(|one| held.campaign(one.campaign) == campaign_id);
        of_campaign.fold(Book::default(), |sum, one| sum.plus(&one.book()))
    }

    /// Grants of an account that were neither voided nor recovered, and what they gave.
    pub fn standing_grants(&self, account: u32) -> (u64, u128) {
        let campaigns = self.ledger.held.of(account).iter();
        campaigns.fold((0, 0), |(grants, sum), one| {
            let book = one.book();
            let taken = book.voided + book.recovered + book.outstanding;
            let stands = book.granted.saturating_sub(taken);
            (grants + u64::from(one.standing_grants), sum + stands)
        })
    }
}
