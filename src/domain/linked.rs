//! The same user's other accounts as a judgement sees them: why they are the same user, and what one of
//! them is blamed for.

use serde::{Deserialize, Serialize};

use super::{
    campaign::Terms,
    identifier::{IdentifierClass, Pseudonym},
    reason::{Reason, ReasonCode},
};

/// Why another account is the same user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameUserSeen {
    /// The other account's tag.
    pub account_tag: String,
    /// Evidence between the two; 0 where a third account connects them.
    pub millibits: i32,
    /// Whether it may carry blame (two independent groups, or an exact kind).
    pub carries_blame: bool,
    /// What they share.
    pub shared: Vec<SharedSeen>,
}

/// One identifier in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedSeen {
    /// Its kind, as events name it.
    pub kind: String,
    /// Its class.
    pub class: IdentifierClass,
    /// Its pseudonym, of which people see the tag.
    pub pseudonym: Pseudonym,
    /// What it weighs.
    pub millibits: i32,
}

/// What stands against another account of the same user. Stored as an `Option` of the first would be, so
/// variants are only added at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkedBlame {
    /// Nothing.
    #[default]
    None,
    /// A person disqualified it.
    Disqualified(SameUserSeen),
    /// Its own behaviour does, and nobody decided about it.
    Abusive(AbusiveSeen),
}

/// Another account of the same user with abusive behaviour of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbusiveSeen {
    /// The other account.
    pub account: SameUserSeen,
    /// Its probability of abuse, without what was overturned, millionths.
    pub probability_ppm: u32,
    /// The patterns that speak against it, the strongest first.
    pub patterns: Vec<ReasonCode>,
}

/// What revokes an account because of another one of its user, by a campaign's terms.
pub fn blamed_through(terms: &Terms, blame: &LinkedBlame) -> Option<Reason> {
    let (other, statement) = match blame {
        LinkedBlame::Disqualified(other) => {
            let statement = "The same user was disqualified under another account.";
            (other, statement.to_string())
        }
        LinkedBlame::Abusive(abusive)
            if abusive.probability_ppm >= terms.revoke_probability_ppm =>
        {
            let words: Vec<String> = abusive.patterns.iter().map(|one| one.words()).collect();
            let words = words.join(", ");
            let statement = format!("Another account of the same user shows {words}.");
            (&abusive.account, statement)
        }
        LinkedBlame::None | LinkedBlame::Abusive(_) => return None,
    };
    let code = ReasonCode::SameUserDisqualified;
    let reason = || same_user_reason(code, &statement, other);
    other.carries_blame.then(reason)
}

/// A reason that rests on another account, with what is shared.
pub fn same_user_reason(code: ReasonCode, statement: &str, other: &SameUserSeen) -> Reason {
    with_same_user(Reason::rule(code, statement), other)
}

/// Adds the other account, and what is shared with it.
pub fn with_same_user(reason: Reason, other: &SameUserSeen) -> Reason {
    let mut reason = reason.with("other_account", &other.account_tag);
    reason.weight_millibits = i64::from(other.millibits);
    for (number, shared) in other.shared.iter().enumerate() {
        let value = format!(
            "{} {} ({}), {} millibits",
            shared.kind,
            shared.pseudonym.tag(),
            shared.class.words(),
            shared.millibits
        );
        reason = reason.with(format!("shared_{}", number + 1), value);
    }
    reason
}
