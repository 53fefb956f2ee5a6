//! Campaign files and calls about campaigns that make no sense.

use sameuser::edge::proto::v1::{self, campaign_service_client::CampaignServiceClient};
use tonic::{Code, Status, transport::Channel};

use super::{Refused, refused, told};
use crate::support::{CAMPAIGN, Server, folder, repository};

type Client = CampaignServiceClient<Channel>;

fn shipped() -> String {
    std::fs::read_to_string(repository().join(format!("campaigns/{CAMPAIGN}.toml"))).unwrap()
}

/// What to replace in the shipped file by what, and the key that the refusal names.
const CASES: &[(&str, &str, &str)] = &[
    // Keys that are unknown or missing, and what is no TOML: the file as a whole, naming the key.
    (
        "mode = \"enforce\"",
        "mode = \"enforce\"\ncountry = \"CN\"",
        "terms_toml",
    ),
    (
        "surfaces = [\"work-desktop\"]",
        "surface = [\"work-desktop\"]",
        "terms_toml",
    ),
    ("campaign_id = ", "campaign = ", "terms_toml"),
    ("mode = \"enforce\"", "mode = \"sometimes\"", "terms_toml"),
    ("mode = \"enforce\"", "", "terms_toml"),
    (
        "rate_basis_points = 5000",
        "rate_basis_points = -1",
        "terms_toml",
    ),
    (
        "rate_basis_points = 5000",
        "rate_basis_points = \"half\"",
        "terms_toml",
    ),
    ("[fuse]", "[fuse", "terms_toml"),
    // Values that make no sense.
    (
        "sample_ppm = 1000",
        "sample_ppm = 1000001",
        "audit.sample_ppm",
    ),
    (
        "clean_share_at_most = 0.001",
        "clean_share_at_most = 1.5",
        "fuse.clean_share_at_most",
    ),
    (
        "wrong_revocation = 150_000_000",
        "wrong_revocation = 0",
        "costs.wrong_revocation",
    ),
    (
        "missed_token = 0.5",
        "missed_token = nan",
        "costs.missed_token",
    ),
    (
        "expected_prevalence = 0.07",
        "expected_prevalence = 1.0",
        "costs.expected_prevalence",
    ),
    ("kimi-work-desktop-2026-06\"", "Kimi Work\"", "campaign_id"),
    ("kimi-work-desktop-2026-06\"", "\"", "campaign_id"),
    ("series = \"kimi-work-desktop\"", "series = \"\"", "series"),
    (
        "rate_basis_points = 5000",
        "rate_basis_points = 0",
        "benefit.rate_basis_points",
    ),
    (
        "rate_basis_points = 5000",
        "rate_basis_points = 10000",
        "benefit.rate_basis_points",
    ),
    (
        "rate_basis_points = 5000",
        "rate_basis_points = 4000000000",
        "benefit.rate_basis_points",
    ),
    (
        "2026-06-16T00:00:00+08:00",
        "2026-06-16",
        "period.starts_at",
    ),
    (
        "2026-06-16T00:00:00+08:00",
        "2026-06-16T00:00:00",
        "period.starts_at",
    ),
    (
        "2026-06-30T23:59:00+08:00",
        "2026-06-31T23:59:00+08:00",
        "period.ends_at",
    ),
    (
        "2026-06-30T23:59:00+08:00",
        "2026-06-15T23:58:00+08:00",
        "period.ends_at",
    ),
    (
        "2026-06-16T00:00:00+08:00",
        "1926-06-16T00:00:00+08:00",
        "period",
    ),
    (
        "2026-06-30T23:59:00+08:00",
        "2126-06-30T23:59:00+08:00",
        "period",
    ),
    ("[\"individual\"]", "[]", "eligibility.account_types"),
    (
        "[\"individual\"]",
        "[\"robot\"]",
        "eligibility.account_types",
    ),
    (
        "surfaces = [\"work-desktop\"]",
        "surfaces = []",
        "eligibility.surfaces",
    ),
    (
        "surfaces = [\"work-desktop\"]",
        "surfaces = [\"\"]",
        "eligibility.surfaces",
    ),
    (
        "[\"work-desktop\", \"chat-desktop\"]",
        "[]",
        "eligibility.login_surfaces",
    ),
    (
        "max_accounts_per_user = 1",
        "max_accounts_per_user = 0",
        "same_user.max_accounts_per_user",
    ),
    (
        "seat_idle_days = 7",
        "seat_idle_days = 0",
        "same_user.seat_idle_days",
    ),
    (
        "household_allowance = 1",
        "household_allowance = 11",
        "same_user.household_allowance",
    ),
    (
        "revoke_probability = 0.985",
        "revoke_probability = 1.1",
        "abuse.revoke_probability",
    ),
    (
        "revoke_probability = 0.985",
        "revoke_probability = nan",
        "abuse.revoke_probability",
    ),
    (
        "keep_probability = 0.5",
        "keep_probability = 0.99",
        "abuse.keep_probability",
    ),
    (
        "keep_probability = 0.5",
        "keep_probability = 0.4",
        "abuse.keep_probability",
    ),
    (
        "review_probability = 0.5",
        "review_probability = 0.99",
        "abuse.review_probability",
    ),
    (
        "review_probability = 0.5",
        "review_probability = -0.1",
        "abuse.review_probability",
    ),
    (
        "settle_delay_hours = 24",
        "settle_delay_hours = 9000",
        "recovery.settle_delay_hours",
    ),
];

async fn publish(client: &mut Client, terms_toml: String, reason: &str) -> Result<u32, Status> {
    let request = v1::PublishCampaignRequest {
        terms_toml,
        reason: reason.into(),
        validate_only: false,
    };
    let answer = client.publish_campaign(request).await?.into_inner();
    Ok(answer.campaign.unwrap().revision)
}

#[tokio::test]
async fn terms_that_make_no_sense_are_refused_naming_the_key() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut client = server.campaigns().await;
    let shipped = shipped();
    for (from, to, key) in CASES {
        assert!(shipped.contains(from), "the shipped terms hold {from}");
        let terms = shipped.replacen(from, to, 1);
        let status = publish(&mut client, terms, "").await.unwrap_err();
        assert_eq!(
            told(&status),
            refused(Code::InvalidArgument, &[key]),
            "{to}: {status}"
        );
    }
    for (from, to, named) in [
        (
            "mode = \"enforce\"",
            "mode = \"enforce\"\ncountry = \"CN\"",
            "country",
        ),
        ("mode = \"enforce\"", "", "mode"),
        ("surfaces = [\"work-desktop\"]", "", "surfaces"),
    ] {
        let terms = shipped.replacen(from, to, 1);
        let status = publish(&mut client, terms, "").await.unwrap_err();
        assert!(
            status.message().contains(named),
            "{named} is named: {status}"
        );
    }
    let empty = publish(&mut client, String::new(), "").await.unwrap_err();
    assert_eq!(
        told(&empty),
        refused(Code::InvalidArgument, &["terms_toml"])
    );
    let long = format!("{shipped}\n# {}", "x".repeat(64 * 1024));
    let long = publish(&mut client, long, "").await.unwrap_err();
    assert_eq!(told(&long), refused(Code::InvalidArgument, &["terms_toml"]));
    let talkative = publish(&mut client, shipped.clone(), &"x".repeat(4097))
        .await
        .unwrap_err();
    assert_eq!(
        told(&talkative),
        refused(Code::InvalidArgument, &["reason"])
    );
    // None of them left a revision.
    assert_eq!(publish(&mut client, shipped, "").await.unwrap(), 2);
}

#[tokio::test]
async fn checking_terms_publishes_nothing() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut client = server.campaigns().await;
    let request = v1::PublishCampaignRequest {
        terms_toml: shipped(),
        reason: String::new(),
        validate_only: true,
    };
    let checked = client.publish_campaign(request).await.unwrap().into_inner();
    assert_eq!(
        checked.campaign.unwrap().revision,
        2,
        "what would be published"
    );
    assert_eq!(latest(&mut client).await.revision, 1);
}

async fn latest(client: &mut Client) -> v1::CampaignRevision {
    let request = v1::GetCampaignRequest {
        campaign_id: CAMPAIGN.into(),
        revision: 0,
    };
    let answer = client.get_campaign(request).await.unwrap().into_inner();
    answer.campaign.unwrap()
}

async fn suspend(client: &mut Client, campaign: &str, reason: &str) -> Option<Refused> {
    let request = v1::SuspendCampaignRequest {
        campaign_id: campaign.into(),
        reason: reason.into(),
    };
    let answer = client.suspend_campaign(request).await;
    answer.err().map(|status| told(&status))
}

async fn resume(client: &mut Client, campaign: &str) -> Option<Refused> {
    let request = v1::ResumeCampaignRequest {
        campaign_id: campaign.into(),
        reason: String::new(),
    };
    let answer = client.resume_campaign(request).await;
    answer.err().map(|status| told(&status))
}

async fn terminate(client: &mut Client, campaign: &str, reason: &str) -> Option<Refused> {
    let request = v1::TerminateCampaignRequest {
        campaign_id: campaign.into(),
        reason: reason.into(),
    };
    let answer = client.terminate_campaign(request).await;
    answer.err().map(|status| told(&status))
}

#[tokio::test]
async fn changes_of_state_that_make_no_sense_are_refused() {
    let folder = folder();
    let server = Server::start(folder.path());
    let client = &mut server.campaigns().await;
    let unknown = || Some(refused(Code::NotFound, &[]));
    let contradicts = || Some(refused(Code::FailedPrecondition, &["campaign_id"]));
    let reasonless = || Some(refused(Code::InvalidArgument, &["reason"]));

    assert_eq!(suspend(client, "nothing", "A fault.").await, unknown());
    assert_eq!(resume(client, "nothing").await, unknown());
    assert_eq!(terminate(client, "nothing", "A fault.").await, unknown());
    assert_eq!(suspend(client, CAMPAIGN, " ").await, reasonless());
    assert_eq!(terminate(client, CAMPAIGN, "").await, reasonless());
    assert_eq!(resume(client, CAMPAIGN).await, contradicts());
    assert_eq!(latest(client).await.revision, 1);

    assert_eq!(suspend(client, CAMPAIGN, "A fault.").await, None);
    assert_eq!(suspend(client, CAMPAIGN, "Another.").await, contradicts());
    assert_eq!(terminate(client, CAMPAIGN, "The end.").await, None);
    assert_eq!(terminate(client, CAMPAIGN, "Again.").await, contradicts());
    assert_eq!(resume(client, CAMPAIGN).await, contradicts());
    assert_eq!(latest(client).await.revision, 3);
}

#[tokio::test]
async fn unknown_campaigns_revisions_and_pages_are_refused() {
    let folder = folder();
    let server = Server::start(folder.path());
    let mut client = server.campaigns().await;
    for (campaign_id, revision) in [("nothing", 0), (CAMPAIGN, 2), ("", 0), (CAMPAIGN, u32::MAX)] {
        let request = v1::GetCampaignRequest {
            campaign_id: campaign_id.into(),
            revision,
        };
        let status = client.get_campaign(request).await.unwrap_err();
        assert_eq!(
            told(&status),
            refused(Code::NotFound, &[]),
            "{campaign_id} {revision}"
        );
    }
    for (page_size, page_token, field) in [(-1, "", "page_size"), (1, "one", "page_token")] {
        let campaigns = v1::ListCampaignsRequest {
            page_size,
            page_token: page_token.into(),
        };
        let status = client.list_campaigns(campaigns).await.unwrap_err();
        assert_eq!(told(&status), refused(Code::InvalidArgument, &[field]));
        let revisions = v1::ListCampaignRevisionsRequest {
            campaign_id: CAMPAIGN.into(),
            page_size,
            page_token: page_token.into(),
        };
        let status = client.list_campaign_revisions(revisions).await.unwrap_err();
        assert_eq!(told(&status), refused(Code::InvalidArgument, &[field]));
    }
}
