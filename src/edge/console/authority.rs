//! Who may call what: one table of every RPC and the roles that it is open to at the console's door. A
//! test compares it with the descriptors, so that no RPC is forgotten.

use crate::domain::person::Role::{self, Administrator, Analyst, Auditor, Lead};

const EVERYBODY: &[Role] = &[Analyst, Lead, Administrator, Auditor];
/// Decides of users.
const CASES: &[Role] = &[Analyst, Lead];
/// Has the last word on money.
const LEADS: &[Role] = &[Lead];
/// Decides of the terms.
const TERMS: &[Role] = &[Lead, Administrator];
/// Decides of who signs in.
const PEOPLE: &[Role] = &[Administrator];
/// Sees who signs in.
const STAFF_SEEN_BY: &[Role] = &[Administrator, Auditor];
/// For services: billing and login have a door of their own.
const NOBODY: &[Role] = &[];

/// Every RPC, by its path, with the roles that may call it.
pub const TABLE: &[(&str, &[Role])] = &[
    ("/sameuser.v1.EventService/PublishEvents", NOBODY),
    ("/sameuser.v1.EventService/ListDeadLetters", NOBODY),
    ("/sameuser.v1.EventService/ReplayDeadLetter", NOBODY),
    ("/sameuser.v1.EventService/DiscardDeadLetter", NOBODY),
    ("/sameuser.v1.VerdictService/CheckDiscount", NOBODY),
    ("/sameuser.v1.VerdictService/BatchCheckDiscounts", NOBODY),
    ("/sameuser.v1.VerdictService/GetVerdict", EVERYBODY),
    ("/sameuser.v1.VerdictService/ListAdjustments", EVERYBODY),
    ("/sameuser.v1.VerdictService/WatchAdjustments", EVERYBODY),
    ("/sameuser.v1.VerdictService/AcknowledgeAdjustment", NOBODY),
    ("/sameuser.v1.VerdictService/VoidGrant", NOBODY),
    ("/sameuser.v1.CampaignService/PublishCampaign", TERMS),
    ("/sameuser.v1.CampaignService/GetCampaign", EVERYBODY),
    ("/sameuser.v1.CampaignService/ListCampaigns", EVERYBODY),
    (
        "/sameuser.v1.CampaignService/ListCampaignRevisions",
        EVERYBODY,
    ),
    ("/sameuser.v1.CampaignService/SuspendCampaign", TERMS),
    ("/sameuser.v1.CampaignService/ResumeCampaign", TERMS),
    ("/sameuser.v1.CampaignService/TerminateCampaign", TERMS),
    ("/sameuser.v1.CampaignService/BacktestCampaign", EVERYBODY),
    ("/sameuser.v1.PeopleService/ListPeople", STAFF_SEEN_BY),
    ("/sameuser.v1.PeopleService/AddPerson", PEOPLE),
    ("/sameuser.v1.PeopleService/ChangePerson", PEOPLE),
    ("/sameuser.v1.PeopleService/RemovePerson", PEOPLE),
    ("/sameuser.v1.ReviewService/ListAccounts", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetAccount", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetUser", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetNeighbourhood", EVERYBODY),
    ("/sameuser.v1.ReviewService/ExplainPair", EVERYBODY),
    ("/sameuser.v1.ReviewService/Search", EVERYBODY),
    ("/sameuser.v1.ReviewService/ListAccountEvents", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetIdentifier", EVERYBODY),
    ("/sameuser.v1.ReviewService/ListCases", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetCase", EVERYBODY),
    ("/sameuser.v1.ReviewService/ClaimCase", CASES),
    ("/sameuser.v1.ReviewService/SnoozeCase", CASES),
    ("/sameuser.v1.ReviewService/AddNote", CASES),
    ("/sameuser.v1.ReviewService/CreateDisposition", CASES),
    ("/sameuser.v1.ReviewService/GetDisposition", EVERYBODY),
    ("/sameuser.v1.ReviewService/ListDispositions", EVERYBODY),
    ("/sameuser.v1.ReviewService/UndoDisposition", CASES),
    ("/sameuser.v1.ReviewService/OpenAppeal", CASES),
    ("/sameuser.v1.ReviewService/GetAppeal", EVERYBODY),
    ("/sameuser.v1.ReviewService/ListAppeals", EVERYBODY),
    ("/sameuser.v1.ReviewService/DecideAppeal", CASES),
    ("/sameuser.v1.ReviewService/ResolveAdjustment", LEADS),
    ("/sameuser.v1.ReviewService/GetBook", EVERYBODY),
    (
        "/sameuser.v1.ReviewService/GetStatementOfReasons",
        EVERYBODY,
    ),
    ("/sameuser.v1.ReviewService/ListAuditEntries", EVERYBODY),
    ("/sameuser.v1.ReviewService/ListFuses", EVERYBODY),
    ("/sameuser.v1.ReviewService/ResolveFuse", LEADS),
    ("/sameuser.v1.ReviewService/GetOverview", EVERYBODY),
    ("/sameuser.v1.ReviewService/GetModelQuality", EVERYBODY),
];

/// The roles that may call what a path names; `None`: no RPC.
pub fn roles_of(path: &str) -> Option<&'static [Role]> {
    let listed = TABLE.iter().find(|(rpc, _)| *rpc == path);
    listed.map(|(_, roles)| *roles)
}
