//! The statement of reasons: the text a user may be sent about a refusal, a recovery or a decision, from
//! templates in `notices/`. It says what was found and under which clause, and nothing of how.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{engine::Engine, refusal::Refusal};
use crate::domain::{
    adjustment::AdjustmentKind,
    clock::Timestamp,
    disposition::{Action, Disposition, Grade},
    reason::ReasonCode,
};

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A refusal, by its verdict.
    Verdict(u64),
    /// An adjustment.
    Adjustment(u64),
    /// A disposition.
    Disposition(u64),
}

/// A language with a template.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese.
    Chinese,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    text: String,
    until: String,
    consequences: BTreeMap<String, String>,
    actions: BTreeMap<String, String>,
    clauses: BTreeMap<String, String>,
    findings: BTreeMap<ReasonCode, String>,
}

/// What fills a template.
struct Facts {
    reference: String,
    campaign_id: String,
    revision: u32,
    account: String,
    at: Timestamp,
    consequence: &'static str,
    action: &'static str,
    /// What a person wrote for the user.
    notice: String,
    until: Option<Timestamp>,
    task: String,
    tokens: u64,
    findings: Vec<ReasonCode>,
}

impl Language {
    /// The language of a tag, such as `zh` or `zh-CN`; empty: English.
    ///
    /// # Errors
    /// There is no template in it.
    pub fn parse(tag: &str) -> Result<Self, Refusal> {
        match tag.split('-').next().unwrap_or_default() {
            "" | "en" => Ok(Self::English),
            "zh" => Ok(Self::Chinese),
            _ => Err(Refusal::field("language", "must be `en` or `zh`")),
        }
    }

    /// Its tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    fn template(self) -> Result<Template, Refusal> {
        let text = match self {
            Self::English => include_str!("../../notices/en.toml"),
            Self::Chinese => include_str!("../../notices/zh.toml"),
        };
        toml::from_str(text).map_err(|error| Refusal::Damaged(format!("notices: {error}")))
    }
}

impl Engine {
    /// The statement of reasons about something recorded.
    ///
    /// # Errors
    /// There is no such thing.
    pub fn statement_of_reasons(
        &self,
        about: About,
        language: Language,
    ) -> Result<String, Refusal> {
        let facts = match about {
            About::Verdict(number) => self.verdict_facts(number)?,
            About::Adjustment(number) => self.adjustment_facts(number)?,
            About::Disposition(number) => self.disposition_facts(number)?,
        };
        let campaign = self.campaigns.get(&facts.campaign_id);
        let revision = campaign.and_then(|campaign| campaign.revision(facts.revision));
        let (event, days) = revision.map_or((facts.campaign_id.clone(), 0), |revision| {
            let terms = &revision.terms;
            (terms.display_name.clone(), terms.appeal_days)
        });
        Ok(facts.fill(&language.template()?, &event, days))
    }

    fn verdict_facts(&self, number: u64) -> Result<Facts, Refusal> {
        let record = self.verdict(number)?.record;
        let codes = record.outcome.reasons.iter().map(|reason| reason.code);
        Ok(Facts {
            reference: format!("v{number}"),
            campaign_id: record.question.campaign_id.clone(),
            revision: record.campaign_revision,
            account: record.question.account_id.clone(),
            at: record.seen.now,
            consequence: "refusal",
            action: "",
            notice: String::new(),
            until: None,
            task: record.question.task_id.clone(),
            tokens: record.question.tokens,
            findings: codes.collect(),
        })
    }

    fn adjustment_facts(&self, number: u64) -> Result<Facts, Refusal> {
        let change = &self.adjustment(number)?.change;
        let record = self.verdict(change.verdict)?.record;
        let codes = change.reasons.iter().map(|reason| reason.code);
        Ok(Facts {
            reference: format!("j{number}"),
            campaign_id: change.campaign_id.clone(),
            revision: record.campaign_revision,
            account: change.account_id.clone(),
            at: change.changed_at,
            consequence: match change.kind {
                AdjustmentKind::Recovery => "recovery",
                AdjustmentKind::Restoration => "restoration",
            },
            action: "",
            notice: String::new(),
            until: None,
            task: change.task_id.clone(),
            tokens: change.tokens,
            findings: codes.collect(),
        })
    }

    fn disposition_facts(&self, number: u64) -> Result<Facts, Refusal> {
        let decided = self.people.get(number).ok_or_else(|| Refusal::NotFound {
            what: "disposition",
            name: format!("d{number}"),
        })?;
        let disposition = &decided.disposition;
        let at = disposition.made_at;
        let campaign_id = match &disposition.action {
            Action::Restrict { campaign_id, .. } => campaign_id.clone(),
            _ => self.campaigns.keys().next().cloned().unwrap_or_default(),
        };
        let campaign = self.campaigns.get(&campaign_id);
        let revision = campaign.map_or(0, |campaign| campaign.in_effect(at).record.revision);
        let (action, finding) = action_and_finding(disposition);
        Ok(Facts {
            reference: format!("d{number}"),
            campaign_id,
            revision,
            account: disposition.accounts[0].clone(),
            at,
            consequence: "disposition",
            action,
            notice: match &disposition.action {
                Action::Restrict { notice, .. } => notice.clone(),
                _ => String::new(),
            },
            until: disposition.expires_at,
            task: String::new(),
            tokens: 0,
            findings: vec![finding],
        })
    }
}

fn action_and_finding(disposition: &Disposition) -> (&'static str, ReasonCode) {
    let found = disposition.cause.pattern();
    let found = found.unwrap_or(ReasonCode::AnalystDecision);
    match &disposition.action {
        Action::Disqualify => ("disqualify", found),
        Action::Clear { .. } => ("clear", ReasonCode::Eligible),
        Action::SameUser => ("same_user", ReasonCode::SameUserLimit),
        Action::NotSameUser { .. } => ("not_same_user", ReasonCode::Eligible),
        Action::Restrict { grade, .. } => {
            let action = match grade {
                Grade::Warning => "warning",
                Grade::NoDiscount => "no_discount",
                Grade::AllLaterEvents => "all_later_events",
            };
            (action, found)
        }
        Action::Recover { .. } => ("recover", found),
    }
}

impl Facts {
    fn fill(&self, template: &Template, event: &str, appeal_days: u32) -> String {
        let empty = String::new();
        let of =
            |table: &BTreeMap<String, String>, key: &str| table.get(key).unwrap_or(&empty).clone();
        let findings: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|code| template.findings.get(code))
            .map(String::as_str)
            .collect();
        let clause = self.findings.first().copied().map_or("scope", clause);
        let until = self.until.map_or(String::new(), |until| {
            template.until.replace("{until}", &until.to_beijing())
        });
        let notice = match &*self.notice {
            "" => String::new(),
            notice => format!("\n\n{notice}"),
        };
        let mut text = template.text.trim_start().to_string();
        // The consequence first: it has places of its own to fill.
        for (place, value) in [
            (
                "{consequence}",
                of(&template.consequences, self.consequence),
            ),
            ("{action}", of(&template.actions, self.action)),
            ("{until}", until),
            ("{findings}", findings.join("; ")),
            ("{clause}", of(&template.clauses, clause)),
            ("{reference}", self.reference.clone()),
            ("{event}", event.into()),
            ("{revision}", self.revision.to_string()),
            ("{date}", self.at.to_beijing()),
            ("{tokens}", self.tokens.to_string()),
            ("{appeal_days}", appeal_days.to_string()),
            ("{task}", self.task.clone()),
            ("{account}", self.account.clone()),
            // Last: what a person wrote has no places to fill.
            ("{notice}", notice),
        ] {
            text = text.replace(place, &value);
        }
        text
    }
}

/// The clause that a finding is under.
fn clause(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::OutsideEventPeriod | ReasonCode::TaskNotCompleted => "period",
        ReasonCode::Eligible
        | ReasonCode::SurfaceNotCovered
        | ReasonCode::EnterpriseAccount
        | ReasonCode::NoDesktopLogin
        | ReasonCode::OtherOfferApplied
        | ReasonCode::UnknownAccount => "scope",
        ReasonCode::CampaignSuspended | ReasonCode::CampaignTerminated => "change",
        ReasonCode::SameUserLimit => "same_user",
        _ => "conduct",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_of_every_language_fill_the_same_places() {
        for language in [Language::English, Language::Chinese] {
            let template = language.template().unwrap();
            assert_eq!(template.findings.len(), 21, "{language:?}");
            let facts = Facts {
                reference: "j17".into(),
                campaign_id: "c".into(),
                revision: 3,
                account: "a1".into(),
                at: Timestamp::EARLIEST,
                consequence: "recovery",
                action: "",
                notice: "Think of {others}".into(),
                until: None,
                task: "t1".into(),
                tokens: 1200,
                findings: vec![ReasonCode::BulkRegistration, ReasonCode::Emulator],
            };
            let text = facts.fill(&template, "the event", 15);
            assert_eq!(text.matches(['{', '}']).count(), 2, "{text}");
            for word in [
                "Think of {others}",
                "j17",
                "the event",
                "t1",
                "1200",
                "a1",
                "15",
                "3",
            ] {
                assert!(text.contains(word), "{word}: {text}");
            }
        }
    }
}
