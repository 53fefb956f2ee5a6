//! `CampaignService`: the terms and their history.

use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{backtest::backtest, parts, refuse, within_deadline};
use crate::{
    domain::campaign::{CampaignState, RevisionRecord, Terms},
    edge::{
        answer::campaign_revision,
        author::{SignedIn, signed_in},
        listing::{next_token, page_size, page_start},
        proto::v1::{self, campaign_service_server::CampaignService},
    },
    service::{
        engine::Engine,
        node::Node,
        refusal::Refusal,
        terms_difference::{TermsDifference, differences},
    },
};

/// The service.
pub struct CampaignDoor {
    /// The store.
    pub node: Node,
}

impl CampaignDoor {
    /// Suspends, resumes or terminates a campaign, in the name of who is signed in.
    async fn change_state<T>(
        &self,
        request: Request<T>,
        state: CampaignState,
        said: impl FnOnce(T) -> (String, String),
    ) -> Result<v1::CampaignRevision, Status> {
        let person = signed_in(&request);
        let (metadata, message) = parts(request);
        let (campaign_id, reason) = said(message);
        let change = self.node.change(|engine| {
            let record = engine.change_state(&campaign_id, state, reason)?;
            sign_revision(engine, &record, person);
            Ok(record)
        });
        let record = within_deadline(&metadata, change).await?;
        Ok(campaign_revision(record))
    }
}

#[tonic::async_trait]
impl CampaignService for CampaignDoor {
    async fn publish_campaign(
        &self,
        request: Request<v1::PublishCampaignRequest>,
    ) -> Result<Response<v1::PublishCampaignResponse>, Status> {
        let person = signed_in(&request);
        let (metadata, message) = parts(request);
        let publish = self.node.change(|engine| {
            let before = published_terms(engine, &message.terms_toml);
            let (reason, validate_only) = (message.reason, message.validate_only);
            let record = engine.publish(message.terms_toml, reason, validate_only)?;
            if !validate_only {
                sign_revision(engine, &record, person);
            }
            let differences = differences(&before, &record.terms_toml);
            Ok((record, differences))
        });
        let (record, differences) = within_deadline(&metadata, publish).await?;
        Ok(Response::new(v1::PublishCampaignResponse {
            campaign: Some(campaign_revision(record)),
            differences: differences.into_iter().map(difference).collect(),
        }))
    }

    type BacktestCampaignStream = ReceiverStream<Result<v1::BacktestCampaignResponse, Status>>;

    async fn backtest_campaign(
        &self,
        request: Request<v1::BacktestCampaignRequest>,
    ) -> Result<Response<Self::BacktestCampaignStream>, Status> {
        let steps = backtest(&self.node, request.into_inner());
        steps.map(Response::new).map_err(|refusal| refuse(&refusal))
    }

    async fn get_campaign(
        &self,
        request: Request<v1::GetCampaignRequest>,
    ) -> Result<Response<v1::GetCampaignResponse>, Status> {
        let (metadata, message) = parts(request);
        let record = within_deadline(&metadata, async {
            self.node.look(|engine| {
                let campaign = engine.campaign(&message.campaign_id)?;
                let revision = match message.revision {
                    0 => Some(campaign.latest()),
                    number => campaign.revision(number),
                };
                revision
                    .map(|revision| revision.record.clone())
                    .ok_or_else(|| Refusal::NotFound {
                        what: "campaign revision",
                        name: format!("{}/{}", message.campaign_id, message.revision),
                    })
            })?
        })
        .await?;
        Ok(Response::new(v1::GetCampaignResponse {
            campaign: Some(campaign_revision(record)),
        }))
    }

    async fn list_campaigns(
        &self,
        request: Request<v1::ListCampaignsRequest>,
    ) -> Result<Response<v1::ListCampaignsResponse>, Status> {
        let (metadata, message) = parts(request);
        let (campaigns, next_page_token) = within_deadline(&metadata, async {
            let all = self.node.look(|engine| {
                let latest = engine
                    .campaigns()
                    .values()
                    .map(|campaign| campaign.latest());
                latest.map(|revision| revision.record.clone()).collect()
            })?;
            page(all, message.page_size, &message.page_token)
        })
        .await?;
        Ok(Response::new(v1::ListCampaignsResponse {
            campaigns,
            next_page_token,
        }))
    }

    async fn list_campaign_revisions(
        &self,
        request: Request<v1::ListCampaignRevisionsRequest>,
    ) -> Result<Response<v1::ListCampaignRevisionsResponse>, Status> {
        let (metadata, message) = parts(request);
        let (revisions, next_page_token) = within_deadline(&metadata, async {
            let all = self.node.look(|engine| {
                let revisions = engine.campaign(&message.campaign_id)?.revisions().iter();
                Ok::<_, Refusal>(revisions.map(|revision| revision.record.clone()).collect())
            })??;
            page(all, message.page_size, &message.page_token)
        })
        .await?;
        Ok(Response::new(v1::ListCampaignRevisionsResponse {
            revisions,
            next_page_token,
        }))
    }

    async fn suspend_campaign(
        &self,
        request: Request<v1::SuspendCampaignRequest>,
    ) -> Result<Response<v1::SuspendCampaignResponse>, Status> {
        let said = |message: v1::SuspendCampaignRequest| (message.campaign_id, message.reason);
        let changed = self.change_state(request, CampaignState::Suspended, said);
        Ok(Response::new(v1::SuspendCampaignResponse {
            campaign: Some(changed.await?),
        }))
    }

    async fn resume_campaign(
        &self,
        request: Request<v1::ResumeCampaignRequest>,
    ) -> Result<Response<v1::ResumeCampaignResponse>, Status> {
        let said = |message: v1::ResumeCampaignRequest| (message.campaign_id, message.reason);
        let changed = self.change_state(request, CampaignState::Active, said);
        Ok(Response::new(v1::ResumeCampaignResponse {
            campaign: Some(changed.await?),
        }))
    }

    async fn terminate_campaign(
        &self,
        request: Request<v1::TerminateCampaignRequest>,
    ) -> Result<Response<v1::TerminateCampaignResponse>, Status> {
        let said = |message: v1::TerminateCampaignRequest| (message.campaign_id, message.reason);
        let changed = self.change_state(request, CampaignState::Terminated, said);
        Ok(Response::new(v1::TerminateCampaignResponse {
            campaign: Some(changed.await?),
        }))
    }
}

/// Records who made a revision, where a person of the console did.
fn sign_revision(engine: &mut Engine, record: &RevisionRecord, person: Option<SignedIn>) {
    if let Some(person) = person {
        engine.sign_revision(&record.campaign_id, record.revision, &person.name);
    }
}

/// The terms that new ones replace; empty where there are none, or the new ones can't be read.
fn published_terms(engine: &Engine, terms_toml: &str) -> String {
    let terms = Terms::parse(terms_toml).ok();
    let campaign = terms.and_then(|terms| engine.campaigns().get(&terms.campaign_id));
    campaign.map_or(String::new(), |campaign| {
        campaign.latest().record.terms_toml.clone()
    })
}

fn difference(one: TermsDifference) -> v1::TermsDifference {
    v1::TermsDifference {
        key: one.key,
        before: one.before,
        after: one.after,
    }
}

/// One page of a list, and where the next begins.
fn page(
    all: Vec<RevisionRecord>,
    asked: i32,
    token: &str,
) -> Result<(Vec<v1::CampaignRevision>, String), Refusal> {
    let size = page_size(asked, 100, 1000)?;
    let start: usize = page_start(token)?;
    let next = start.saturating_add(size);
    let token = next_token(next < all.len(), next as u64);
    let page = all.into_iter().skip(start).take(size);
    Ok((page.map(campaign_revision).collect(), token))
}
