//! `ReviewService`: what people look at.

use tonic::{Request, Response, Status};

use super::{parts, within_deadline};
use crate::{
    edge::{
        listing::{account_summary, page_size, page_start},
        proto::v1::{self, review_service_server::ReviewService},
    },
    service::node::Node,
};

/// Accounts summed up under one hold of the store.
const ACCOUNTS_A_HOLD: u32 = 256;

/// The service.
pub struct ReviewDoor {
    /// The store.
    pub node: Node,
}

#[tonic::async_trait]
impl ReviewService for ReviewDoor {
    async fn list_accounts(
        &self,
        request: Request<v1::ListAccountsRequest>,
    ) -> Result<Response<v1::ListAccountsResponse>, Status> {
        let (metadata, message) = parts(request);
        let page = within_deadline(&metadata, async {
            let size = page_size(message.page_size, 1000, 10_000)? as u32;
            let mut next: u32 = page_start(&message.page_token)?;
            let last = next.saturating_add(size);
            let mut accounts = Vec::new();
            loop {
                let known = self.node.look(|engine| {
                    let known = engine.graph().account_count() as u32;
                    let end = next.saturating_add(ACCOUNTS_A_HOLD).min(last).min(known);
                    accounts.extend((next..end).map(|index| account_summary(engine, index)));
                    next = next.max(end);
                    known
                })?;
                if next >= last.min(known) {
                    let more = next < known;
                    let next_page_token = if more {
                        next.to_string()
                    } else {
                        String::new()
                    };
                    return Ok(v1::ListAccountsResponse {
                        accounts,
                        next_page_token,
                    });
                }
                // Verdicts go first.
                tokio::task::yield_now().await;
            }
        })
        .await?;
        Ok(Response::new(page))
    }
}
