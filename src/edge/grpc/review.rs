//! `ReviewService`: what people look at and decide.

use std::sync::{Arc, Mutex};

use tonic::{Request, Response, Status};

use super::{parts, within_deadline};
use crate::{
    edge::{
        answer,
        audit::entries_page,
        author::{Authored, sign},
        case,
        evidence::explained,
        fuse, identifier, insight,
        listing::{accounts_page, page_size},
        proto::v1::{self, review_service_server::ReviewService},
        pseudonym::Pseudonymiser,
        review::{self, number},
        search::{Clear, identified, known_appeal, known_disposition, search},
        timeline, view,
    },
    service::{
        engine::Engine,
        node::Node,
        notice::{About, Language},
        overview::Overview,
        refusal::Refusal,
        settlement::Resolution,
    },
};

/// Accounts of one neighbourhood.
const NEIGHBOURS_AT_MOST: usize = 500;

/// The service; clones share what they counted.
#[derive(Clone)]
pub struct ReviewDoor {
    node: Node,
    pseudonymiser: Pseudonymiser,
    overview: Arc<Mutex<Overview>>,
}

impl ReviewDoor {
    /// On a store; identifiers typed in clear become pseudonyms here.
    pub fn new(node: Node, pseudonymiser: Pseudonymiser) -> Self {
        ReviewDoor {
            node,
            pseudonymiser,
            overview: Arc::default(),
        }
    }

    /// Looks at the state; answers once what was seen is durable.
    async fn look<Q, T>(
        &self,
        request: Request<Q>,
        look: impl FnOnce(&Engine, Q) -> Result<T, Refusal>,
    ) -> Result<Response<T>, Status> {
        let (metadata, message) = parts(request);
        let seen = self.node.change(|engine| look(engine, message));
        Ok(Response::new(within_deadline(&metadata, seen).await?))
    }

    /// Changes what is decided, in the name of who is signed in; answers once the change is durable.
    async fn change<Q: Authored, T>(
        &self,
        mut request: Request<Q>,
        change: impl FnOnce(&mut Engine, Q) -> Result<T, Refusal>,
    ) -> Result<Response<T>, Status> {
        sign(&mut request);
        self.update(request, change).await
    }

    /// Brings the state up to date; answers once what was done is durable.
    async fn update<Q, T>(
        &self,
        request: Request<Q>,
        change: impl FnOnce(&mut Engine, Q) -> Result<T, Refusal>,
    ) -> Result<Response<T>, Status> {
        let (metadata, message) = parts(request);
        let changed = self.node.change(|engine| change(engine, message));
        Ok(Response::new(within_deadline(&metadata, changed).await?))
    }
}

#[tonic::async_trait]
impl ReviewService for ReviewDoor {
    async fn list_accounts(
        &self,
        request: Request<v1::ListAccountsRequest>,
    ) -> Result<Response<v1::ListAccountsResponse>, Status> {
        let (metadata, message) = parts(request);
        let page = accounts_page(&self.node, message);
        Ok(Response::new(within_deadline(&metadata, page).await?))
    }

    async fn get_account(
        &self,
        request: Request<v1::GetAccountRequest>,
    ) -> Result<Response<v1::GetAccountResponse>, Status> {
        self.update(request, |engine, message| {
            let account = engine.known_account(&message.account_id)?;
            Ok(v1::GetAccountResponse {
                account: Some(view::account_detail(engine, account)?),
            })
        })
        .await
    }

    async fn get_user(
        &self,
        request: Request<v1::GetUserRequest>,
    ) -> Result<Response<v1::GetUserResponse>, Status> {
        self.look(request, |engine, message| view::user(engine, &message))
            .await
    }

    async fn get_neighbourhood(
        &self,
        request: Request<v1::GetNeighbourhoodRequest>,
    ) -> Result<Response<v1::GetNeighbourhoodResponse>, Status> {
        self.look(request, |engine, message| {
            let account = engine.known_account(&message.account_id)?;
            let most = page_size(message.accounts_at_most, 50, NEIGHBOURS_AT_MOST)?;
            Ok(view::neighbourhood(engine, account, most))
        })
        .await
    }

    async fn explain_pair(
        &self,
        request: Request<v1::ExplainPairRequest>,
    ) -> Result<Response<v1::ExplainPairResponse>, Status> {
        self.look(request, |engine, message| explained(engine, &message))
            .await
    }

    async fn search(
        &self,
        request: Request<v1::SearchRequest>,
    ) -> Result<Response<v1::SearchResponse>, Status> {
        let (metadata, message) = parts(request);
        let query = message.query.trim();
        let results = within_deadline(&metadata, async {
            if message.kind() == v1::SearchKind::Tag {
                let found = identifier::of_tag(&self.node, query, "").await?;
                return self.node.look(|engine| identified(engine, &found));
            }
            let clear = Clear::read(message.kind(), query, &self.pseudonymiser)?;
            let look = |engine: &mut Engine| match &clear {
                Some(clear) => Ok(identified(engine, &clear.find(engine))),
                None => Ok(search(engine, query)),
            };
            self.node.change(look).await
        })
        .await?;
        Ok(Response::new(v1::SearchResponse { results }))
    }

    async fn list_cases(
        &self,
        request: Request<v1::ListCasesRequest>,
    ) -> Result<Response<v1::ListCasesResponse>, Status> {
        let (metadata, message) = parts(request);
        let listed = case::list_cases(&self.node, message);
        Ok(Response::new(within_deadline(&metadata, listed).await?))
    }

    async fn create_disposition(
        &self,
        request: Request<v1::CreateDispositionRequest>,
    ) -> Result<Response<v1::CreateDispositionResponse>, Status> {
        self.change(request, |engine, message| {
            let validate_only = message.validate_only;
            let order = review::order(message)?;
            let (number, affected) = engine.dispose(order, validate_only)?;
            let sum: u128 = affected.iter().map(|one| one.token_basis_points).sum();
            let made = engine.people().get(number);
            Ok(v1::CreateDispositionResponse {
                disposition: made.map(|made| review::disposition(number, made)),
                grants: affected.iter().map(|one| one.grants).sum(),
                token_basis_points: sum.to_string(),
                affected: affected.iter().map(review::affected).collect(),
            })
        })
        .await
    }

    async fn get_disposition(
        &self,
        request: Request<v1::GetDispositionRequest>,
    ) -> Result<Response<v1::GetDispositionResponse>, Status> {
        self.look(request, |engine, message| {
            Ok(v1::GetDispositionResponse {
                disposition: Some(known_disposition(engine, &message.disposition_id)?),
            })
        })
        .await
    }

    async fn list_dispositions(
        &self,
        request: Request<v1::ListDispositionsRequest>,
    ) -> Result<Response<v1::ListDispositionsResponse>, Status> {
        self.look(request, review::dispositions_page).await
    }

    async fn undo_disposition(
        &self,
        request: Request<v1::UndoDispositionRequest>,
    ) -> Result<Response<v1::UndoDispositionResponse>, Status> {
        self.change(request, |engine, message| {
            let number = number("disposition_id", &message.disposition_id, 'd')?;
            engine.undo(number, message.author, message.statement)?;
            Ok(v1::UndoDispositionResponse {
                disposition: Some(known_disposition(engine, &message.disposition_id)?),
            })
        })
        .await
    }

    async fn open_appeal(
        &self,
        request: Request<v1::OpenAppealRequest>,
    ) -> Result<Response<v1::OpenAppealResponse>, Status> {
        self.change(request, |engine, message| {
            let number = engine.open_appeal(
                message.account_id,
                message.campaign_id,
                message.statement,
                message.opened_by,
            )?;
            Ok(v1::OpenAppealResponse {
                appeal: Some(known_appeal(engine, number)?),
            })
        })
        .await
    }

    async fn get_appeal(
        &self,
        request: Request<v1::GetAppealRequest>,
    ) -> Result<Response<v1::GetAppealResponse>, Status> {
        self.look(request, |engine, message| {
            let number = number("appeal_id", &message.appeal_id, 'p')?;
            Ok(v1::GetAppealResponse {
                appeal: Some(known_appeal(engine, number)?),
            })
        })
        .await
    }

    async fn list_appeals(
        &self,
        request: Request<v1::ListAppealsRequest>,
    ) -> Result<Response<v1::ListAppealsResponse>, Status> {
        self.look(request, review::appeals_page).await
    }

    async fn decide_appeal(
        &self,
        request: Request<v1::DecideAppealRequest>,
    ) -> Result<Response<v1::DecideAppealResponse>, Status> {
        self.change(request, |engine, message| {
            let number = number("appeal_id", &message.appeal_id, 'p')?;
            let (statement, author) = (message.statement, message.author);
            let made = engine.decide_appeal(number, message.granted, statement, author)?;
            let made = made.into_iter().filter_map(|number| {
                let decided = engine.people().get(number)?;
                Some(review::disposition(number, decided))
            });
            Ok(v1::DecideAppealResponse {
                dispositions: made.collect(),
                appeal: Some(known_appeal(engine, number)?),
            })
        })
        .await
    }

    async fn resolve_adjustment(
        &self,
        request: Request<v1::ResolveAdjustmentRequest>,
    ) -> Result<Response<v1::ResolveAdjustmentResponse>, Status> {
        self.change(request, |engine, message| {
            let number = number("adjustment_id", &message.adjustment_id, 'j')?;
            let resolution = match message.resolution() {
                v1::AdjustmentResolution::Open => Resolution::Open,
                v1::AdjustmentResolution::WriteOff => Resolution::WriteOff,
                v1::AdjustmentResolution::Unspecified => {
                    return Err(Refusal::field("resolution", "is required"));
                }
            };
            let (author, statement) = (message.author, message.statement);
            let latest = engine.resolve(number, resolution, author, statement)?;
            Ok(v1::ResolveAdjustmentResponse {
                adjustment: Some(answer::current_adjustment(engine, latest)),
            })
        })
        .await
    }

    async fn get_book(
        &self,
        request: Request<v1::GetBookRequest>,
    ) -> Result<Response<v1::GetBookResponse>, Status> {
        self.look(request, |engine, message| {
            let campaign_id = &message.campaign_id;
            let book = if message.account_id.is_empty() {
                engine.campaign_book(campaign_id)?
            } else {
                engine.campaign(campaign_id)?;
                let account = engine.known_account(&message.account_id)?;
                let graph = engine.graph();
                let accounts = if message.whole_user {
                    engine.same_user().members(graph, account, |_| true)
                } else {
                    vec![account]
                };
                engine.account_book(&accounts, campaign_id)
            };
            Ok(v1::GetBookResponse {
                book: Some(review::book(campaign_id, &book)),
            })
        })
        .await
    }

    async fn get_statement_of_reasons(
        &self,
        request: Request<v1::GetStatementOfReasonsRequest>,
    ) -> Result<Response<v1::GetStatementOfReasonsResponse>, Status> {
        use v1::get_statement_of_reasons_request::About as Asked;
        self.look(request, |engine, message| {
            let language = Language::parse(&message.language)?;
            let about = match &message.about {
                Some(Asked::VerdictId(id)) => About::Verdict(answer::verdict_sequence(id)?),
                Some(Asked::AdjustmentId(id)) => {
                    About::Adjustment(number("adjustment_id", id, 'j')?)
                }
                Some(Asked::DispositionId(id)) => {
                    About::Disposition(number("disposition_id", id, 'd')?)
                }
                None => return Err(Refusal::field("about", "is required")),
            };
            Ok(v1::GetStatementOfReasonsResponse {
                language: language.tag().into(),
                text: engine.statement_of_reasons(about, language)?,
            })
        })
        .await
    }

    async fn list_audit_entries(
        &self,
        request: Request<v1::ListAuditEntriesRequest>,
    ) -> Result<Response<v1::ListAuditEntriesResponse>, Status> {
        self.look(request, entries_page).await
    }

    async fn list_account_events(
        &self,
        request: Request<v1::ListAccountEventsRequest>,
    ) -> Result<Response<v1::ListAccountEventsResponse>, Status> {
        let (metadata, message) = parts(request);
        let answer = within_deadline(&metadata, async {
            let asked = self.node.look(|engine| timeline::asked(engine, &message))?;
            let (asked, most) = asked?;
            let total = asked.total;
            let reading = tokio::task::spawn_blocking(move || asked.read(most)).await;
            let page = reading.unwrap_or(Err(Refusal::Unavailable("shutting down")))?;
            self.node
                .look(|engine| timeline::answer(engine, total, page))
        })
        .await?;
        Ok(Response::new(answer))
    }

    async fn get_identifier(
        &self,
        request: Request<v1::GetIdentifierRequest>,
    ) -> Result<Response<v1::GetIdentifierResponse>, Status> {
        let (metadata, message) = parts(request);
        let found = identifier::get_identifier(&self.node, message);
        Ok(Response::new(within_deadline(&metadata, found).await?))
    }

    async fn get_case(
        &self,
        request: Request<v1::GetCaseRequest>,
    ) -> Result<Response<v1::GetCaseResponse>, Status> {
        self.update(request, case::get_case).await
    }

    async fn claim_case(
        &self,
        request: Request<v1::ClaimCaseRequest>,
    ) -> Result<Response<v1::ClaimCaseResponse>, Status> {
        self.change(request, case::claim_case).await
    }

    async fn snooze_case(
        &self,
        request: Request<v1::SnoozeCaseRequest>,
    ) -> Result<Response<v1::SnoozeCaseResponse>, Status> {
        self.change(request, case::snooze_case).await
    }

    async fn add_note(
        &self,
        request: Request<v1::AddNoteRequest>,
    ) -> Result<Response<v1::AddNoteResponse>, Status> {
        self.change(request, case::add_note).await
    }

    async fn list_fuses(
        &self,
        request: Request<v1::ListFusesRequest>,
    ) -> Result<Response<v1::ListFusesResponse>, Status> {
        self.look(request, fuse::list_fuses).await
    }

    async fn resolve_fuse(
        &self,
        request: Request<v1::ResolveFuseRequest>,
    ) -> Result<Response<v1::ResolveFuseResponse>, Status> {
        self.change(request, fuse::resolve_fuse).await
    }

    async fn get_overview(
        &self,
        request: Request<v1::GetOverviewRequest>,
    ) -> Result<Response<v1::GetOverviewResponse>, Status> {
        let (metadata, message) = parts(request);
        let overview = insight::overview(&self.node, &self.overview, message);
        Ok(Response::new(within_deadline(&metadata, overview).await?))
    }

    async fn get_model_quality(
        &self,
        request: Request<v1::GetModelQualityRequest>,
    ) -> Result<Response<v1::GetModelQualityResponse>, Status> {
        let (metadata, _) = parts(request);
        let quality = insight::quality(&self.node);
        Ok(Response::new(within_deadline(&metadata, quality).await?))
    }
}
