//! Which country's numbers accounts have, to see whether the honest are treated alike (design promise 6). The
//! service itself never looks.

use std::collections::HashMap;

use crate::edge::proto::v1;

/// Country codes of two digits (ITU-T E.164, list of 15 December 2016); those that begin with 1 or 7 have
/// one digit, all others three.
const TWO_DIGITS: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// Those whose events never name a number.
const WITHOUT_NUMBER: &str = "no number";

/// The calling code of each account's first number.
#[derive(Default)]
pub struct Prefixes {
    by_account: HashMap<String, String>,
}

impl Prefixes {
    /// Takes in an event, in the order of arrival.
    pub fn observe(&mut self, event: &v1::Event) {
        if event.phone_number.is_empty() || self.by_account.contains_key(&event.account_id) {
            return;
        }
        if let Some(code) = calling_code(&event.phone_number) {
            self.by_account
                .insert(event.account_id.clone(), format!("+{code}"));
        }
    }

    /// The group of an account.
    pub fn of(&self, account_id: &str) -> &str {
        let known = self.by_account.get(account_id);
        known.map_or(WITHOUT_NUMBER, String::as_str)
    }
}

/// The country code of an E.164 number, without the plus.
pub fn calling_code(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+')?;
    let length = match digits.get(..2)? {
        two if two.starts_with(['1', '7']) => 1,
        two if TWO_DIGITS.contains(&two) => 2,
        _ => 3,
    };
    digits.get(..length)
}
