//! Answers that any other system wrote, in the forms of contract §3: verdicts, clusters, scores. What
//! it leaves out isn't judged.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    answers::{AbuseScore, Answer, Answers},
    rehearsal::CoveredTask,
    truth::Truth,
};
use crate::domain::{reason::ReasonCode, verdict::Decision};

/// A line of verdicts: an answer, or an error in its place.
#[derive(Debug, Deserialize)]
pub struct VerdictLine {
    #[serde(default)]
    verdict: Option<RecordedVerdict>,
}

#[derive(Debug, Deserialize)]
struct RecordedVerdict {
    #[serde(alias = "accountId")]
    account_id: String,
    #[serde(alias = "taskId")]
    task_id: String,
    #[serde(alias = "campaignId")]
    campaign_id: String,
    decision: RecordedDecision,
    #[serde(default)]
    reasons: Vec<RecordedReason>,
    #[serde(default = "is_final", rename = "final")]
    is_final: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum RecordedDecision {
    #[serde(alias = "DECISION_ALLOW")]
    Allow,
    #[serde(alias = "DECISION_DENY")]
    Deny,
    #[serde(alias = "DECISION_REVOKE")]
    Revoke,
}

#[derive(Debug, Deserialize)]
struct RecordedReason {
    code: String,
}

fn is_final() -> bool {
    true
}

/// A line of clusters.
#[derive(Debug, Deserialize)]
pub struct ClusterLine {
    account_id: String,
    user_id: String,
}

/// A line of scores.
#[derive(Debug, Deserialize)]
pub struct ScoreLine {
    account_id: String,
    abuse_probability: f64,
    #[serde(default = "is_final")]
    scored: bool,
}

/// Everything that a system wrote.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Verdicts as they were given.
    pub verdicts: Option<Vec<VerdictLine>>,
    /// Verdicts on the same tasks asked anew at the end; those given where there are none.
    pub verdicts_at_end: Option<Vec<VerdictLine>>,
    /// The user of each account.
    pub clusters: Option<Vec<ClusterLine>>,
    /// The abuse score of each account.
    pub scores: Option<Vec<ScoreLine>>,
}

type Key = (String, String, String);

impl Recorded {
    /// As plain values. A covered task without a verdict counts as charged in full; an account without
    /// a user stands alone; one without a score has the lowest.
    pub fn answers(self, truth: &Truth, covered: &[CoveredTask]) -> Answers {
        let tasks = self.verdicts.map_or_else(Vec::new, |verdicts| {
            let online = by_key(verdicts);
            let at_end = self.verdicts_at_end.map(by_key);
            let answered = |task: &CoveredTask| {
                let question = &task.question;
                let key = (
                    question.campaign_id.clone(),
                    question.task_id.clone(),
                    question.account_id.clone(),
                );
                let of = |answers: &HashMap<Key, Answer>| {
                    answers.get(&key).copied().unwrap_or(Answer::Missing)
                };
                task.answered(of(&online), of(at_end.as_ref().unwrap_or(&online)))
            };
            covered.iter().map(answered).collect()
        });
        Answers {
            tasks,
            users: self.clusters.map(|lines| users(truth, lines)),
            identifiers: None,
            scores: self.scores.map(|lines| abuse_scores(truth, lines)),
            calibrated: true,
        }
    }
}

/// The last answer under each key that is final; else the last.
fn by_key(lines: Vec<VerdictLine>) -> HashMap<Key, Answer> {
    let mut answers = HashMap::new();
    for verdict in lines.into_iter().filter_map(|line| line.verdict) {
        let answer = verdict.answer();
        let key = (verdict.campaign_id, verdict.task_id, verdict.account_id);
        let known = answers.entry(key).or_insert(answer);
        if *known == Answer::AskAgain {
            *known = answer;
        }
    }
    answers
}

impl RecordedVerdict {
    fn answer(&self) -> Answer {
        let decision = match self.decision {
            RecordedDecision::Allow => Decision::Allow,
            RecordedDecision::Deny => Decision::Deny,
            RecordedDecision::Revoke => Decision::Revoke,
        };
        let seat = |reason: &&RecordedReason| reason.code.ends_with("SAME_USER_LIMIT");
        let first = self.reasons.first().filter(seat);
        Answer::new(
            decision,
            first.map(|_| ReasonCode::SameUserLimit),
            self.is_final,
        )
    }
}

fn users(truth: &Truth, lines: Vec<ClusterLine>) -> Vec<Option<u32>> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut users = vec![None; truth.accounts().len()];
    for line in lines {
        let next = u32::try_from(numbers.len()).expect("fewer than 2^32 users");
        let number = *numbers.entry(line.user_id).or_insert(next);
        if let Some(account) = truth.find(&line.account_id) {
            users[account as usize] = Some(number);
        }
    }
    users
}

fn abuse_scores(truth: &Truth, lines: Vec<ScoreLine>) -> Vec<AbuseScore> {
    let mut scores = vec![AbuseScore::default(); truth.accounts().len()];
    for line in lines {
        if let Some(account) = truth.find(&line.account_id) {
            scores[account as usize] = AbuseScore {
                score: line.abuse_probability,
                scored: line.scored,
            };
        }
    }
    scores
}
