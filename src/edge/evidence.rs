//! Why two accounts are one user, as messages: the pieces of evidence by name and in words, and what follows.

use petgraph::{algo::astar, graphmap::UnGraphMap};

use super::proto::v1;
use crate::{
    domain::{
        assertion::Assertion,
        evidence::{EvidenceItem, EvidenceSubject, PairEvidence, weigh},
    },
    service::{engine::Engine, refusal::Refusal},
};

/// All evidence between two accounts, linked or not.
pub(super) fn evidence(engine: &Engine, a: u32, b: u32) -> v1::Evidence {
    told(engine, a, b, &weigh_pair(engine, a, b))
}

fn weigh_pair(engine: &Engine, a: u32, b: u32) -> PairEvidence {
    weigh(engine.graph(), &engine.models().weights, a, b)
}

fn told(engine: &Engine, a: u32, b: u32, found: &PairEvidence) -> v1::Evidence {
    let graph = engine.graph();
    let mut links = engine.same_user().links(a).iter();
    let link = links.find(|link| link.other == b);
    let items = found.items.iter().zip(found.counted());
    let assertion = match engine.same_user().assertions().get(a, b) {
        None => v1::Assertion::Unspecified,
        Some(Assertion::Same) => v1::Assertion::SameUser,
        Some(Assertion::NotSame { .. }) => v1::Assertion::NotSameUser,
    };
    v1::Evidence {
        account_id: graph.account(a).id.to_string(),
        other_account_id: graph.account(b).id.to_string(),
        millibits: found.millibits.into(),
        linked: link.is_some(),
        carries_blame: link.is_some_and(|link| link.carries_blame),
        items: items
            .map(|(item, counted)| told_item(engine, *item, counted))
            .collect(),
        assertion: assertion.into(),
        bridge: false,
    }
}

fn told_item(engine: &Engine, item: EvidenceItem, counted: i32) -> v1::EvidenceItem {
    let (graph, weights) = (engine.graph(), &engine.models().weights);
    let (name, words) = subject_words(item.subject);
    let (mut kind, mut statement) = (name.to_string(), words.to_string());
    let (mut tag, mut class) = (String::new(), "");
    match item.subject {
        EvidenceSubject::Shared(identifier) => {
            let (shared, pseudonym) = graph.identifier(identifier);
            kind.clone_from(&weights.row(shared).name);
            (tag, class) = (pseudonym.tag(), graph.class(identifier).words());
            let accounts = graph.accounts_on(identifier);
            let name = kind.replace('_', " ");
            statement = format!("Both use the {name} {tag} ({class}, {accounts} accounts).");
        }
        EvidenceSubject::PassedOnNumber(identifier)
        | EvidenceSubject::PassedOnDevice(identifier) => {
            tag = graph.identifier(identifier).1.tag();
        }
        _ => {}
    }
    v1::EvidenceItem {
        kind,
        tag,
        class: class.into(),
        millibits: item.millibits.into(),
        counted_millibits: counted.into(),
        statement,
    }
}

/// A piece of evidence by name, and in words; what is shared is named after its kind.
fn subject_words(subject: EvidenceSubject) -> (&'static str, &'static str) {
    match subject {
        EvidenceSubject::Shared(_) => ("", ""),
        EvidenceSubject::SameDeviceSet => ("same_device_set", "Both use the same set of devices."),
        EvidenceSubject::DifferentPhones => {
            ("different_phones", "Each has a phone number of its own.")
        }
        EvidenceSubject::PassedOnNumber(_) => (
            "passed_on_number",
            "One took over the other's phone number, which had fallen silent.",
        ),
        EvidenceSubject::PassedOnDevice(_) => (
            "passed_on_device",
            "One took over the other's device, weeks after it was last used.",
        ),
        EvidenceSubject::CameBack | EvidenceSubject::CameBackWithNothingElse => (
            "came_back",
            "One began when the other had ended, on the same machine.",
        ),
        EvidenceSubject::CameBackAfterSteadyUse => (
            "came_back",
            "One began on the same machine when the other, in steady use until then, had ended.",
        ),
        EvidenceSubject::CameBackReinstalled => (
            "came_back_reinstalled",
            "One began when the other had ended, on the same machine with its client installed anew.",
        ),
        EvidenceSubject::NothingOfItsOwn => (
            "nothing_of_its_own",
            "One has no number, and no device but one of the other's, on which it alone was registered.",
        ),
        EvidenceSubject::RegisteredWithoutNumber => (
            "registered_without_number",
            "One was registered without a number on a device of the other's, which has one.",
        ),
        EvidenceSubject::InstalledAnew => (
            "installed_anew",
            "They share a machine under two ids, and a home: its client was installed anew.",
        ),
        EvidenceSubject::OnlyPhone => (
            "only_phone",
            "They have one phone or tablet, and no other device.",
        ),
        EvidenceSubject::NearNumbersInGroup => (
            "near_numbers_in_group",
            "Their numbers are of one larger block, on a machine of a small group or of a farm.",
        ),
        EvidenceSubject::SameName => ("same_name", "Their names are of one series."),
        EvidenceSubject::NearNumbers => ("near_numbers", "Their numbers are of one block of 100."),
        EvidenceSubject::RegisteredTogether => (
            "registered_together",
            "They registered near each other in time on one device.",
        ),
        EvidenceSubject::RegisteredOnFarm => (
            "registered_on_farm",
            "They registered on one device that many registered on.",
        ),
        EvidenceSubject::RegisteredAlike => (
            "registered_alike",
            "They registered near each other from one network under one pattern of names.",
        ),
    }
}

/// Why two accounts are one user, or why not.
///
/// # Errors
/// An account is unknown, or both are one.
pub fn explained(
    engine: &Engine,
    request: &v1::ExplainPairRequest,
) -> Result<v1::ExplainPairResponse, Refusal> {
    let known = |field, id| {
        let account = engine.graph().find_account(id);
        account.ok_or_else(|| Refusal::field(field, "names no account that was ever seen"))
    };
    let a = known("account_id", &request.account_id)?;
    let b = known("other_account_id", &request.other_account_id)?;
    if a == b {
        let why = "must name another account than account_id";
        return Err(Refusal::field("other_account_id", why));
    }
    let found = weigh_pair(engine, a, b);
    let evidence = told(engine, a, b, &found);
    let path = path(engine, a, b);
    let (user_id, other_user_id) = (engine.user_id(a), engine.user_id(b));
    let mut statement = about_pair(engine, &found, &evidence);
    match (user_id == other_user_id, evidence.linked) {
        (true, true) => statement.push_str(" They are one user."),
        (true, false) => statement.push_str(" Other accounts make them one user."),
        (false, true) => statement.push_str(
            " Still they are two users: each stands nearer to a more senior account of its own.",
        ),
        (false, false) => statement.push_str(" They are two users."),
    }
    Ok(v1::ExplainPairResponse {
        evidence: Some(evidence),
        link_at_millibits: engine.models().weights.link_at.into(),
        user_id,
        other_user_id,
        path,
        statement,
    })
}

/// What the evidence between the two comes to.
fn about_pair(engine: &Engine, found: &PairEvidence, told: &v1::Evidence) -> String {
    let bits = |millibits: i32| f64::from(millibits) / 1000.0;
    let (sum, needed) = (bits(found.millibits), bits(engine.models().weights.link_at));
    match told.assertion() {
        v1::Assertion::SameUser => return "A person said that the two are one user.".into(),
        v1::Assertion::NotSameUser if !told.linked => {
            return format!("A person said that the two are not one user ({sum:.1} bits for it).");
        }
        _ => {}
    }
    if told.linked {
        let blame = match told.carries_blame {
            true => "enough for one to answer for the other",
            false => "not enough for one to answer for the other, since it rests on one thing",
        };
        return format!("Linked by {sum:.1} bits of {needed:.1} needed; {blame}.");
    }
    if found.links(&engine.models().weights) {
        let why = "the two are not compared, since what they share has so many accounts";
        return format!("{sum:.1} bits of {needed:.1} needed, but {why}.");
    }
    match found.items.is_empty() {
        true => "Nothing in common speaks for one user.".into(),
        false if sum >= needed => format!(
            "{sum:.1} bits of {needed:.1} needed, but all from one source: it takes two that are \
             independent, or one that is exact."
        ),
        false => format!("Only {sum:.1} bits of {needed:.1} needed."),
    }
}

/// The shortest way between two accounts by the links of their users.
fn path(engine: &Engine, a: u32, b: u32) -> Vec<String> {
    let (graph, same_user) = (engine.graph(), engine.same_user());
    let members = same_user.members(graph, a, |_| true).into_iter();
    let links = members.flat_map(|member| {
        let links = same_user.links(member).iter();
        links.map(move |link| (member, link.other))
    });
    let links = UnGraphMap::<u32, ()>::from_edges(links);
    if !links.contains_node(a) {
        return Vec::new();
    }
    let found = astar(&links, a, |account| account == b, |_| 1, |_| 0);
    let name = |account| graph.account(account).id.to_string();
    found.map_or_else(Vec::new, |(_, path)| path.into_iter().map(name).collect())
}
