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

    /// What accounts had of a campaign, added up from their verdicts and the adjustments of these.
    pub fn account_book(&self, accounts: &[u32], campaign_id: &str) -> Book {
        let mut book = Book::default();
        let (held, adjustments) = (&self.ledger.held, &self.ledger.adjustments);
        for account in accounts {
            let mut campaigns = held.of(*account).iter().map(|one| one.campaign);
            let campaign = campaigns.find(|number| held.campaign(*number) == campaign_id);
            let verdicts = campaign.map(|number| held.list(*account, number));
            for verdict in verdicts.into_iter().flatten() {
                if verdict.granted {
                    book.grant(verdict.token_basis_points);
                }
                if adjustments.is_voided(verdict.verdict) {
                    book.void(verdict.token_basis_points);
                }
                for latest in adjustments.of(verdict.verdict) {
                    let change = &latest.change;
                    let moved = change.token_basis_points;
                    let _from_nothing = book.adjust(change.kind, None, change.state, moved);
                }
            }
        }
        book
    }
}
