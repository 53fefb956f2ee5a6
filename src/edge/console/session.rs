//! Sessions: a random token in a cookie, its hash here. They live in memory: a restart signs everybody
//! out.

use std::time::{Duration, Instant};

use hashbrown::HashMap;
use sha2::{Digest, Sha256};

/// A session ends so long after its last use …
pub const IDLE_AT_MOST: Duration = Duration::from_secs(30 * 60);
/// … and so long after it began, whatever its use.
pub const LASTS_AT_MOST: Duration = Duration::from_secs(12 * 3600);
/// Sessions that one person may have; the least used one ends for a further one.
pub const SESSIONS_A_PERSON: usize = 8;
/// Sessions in all; past that nobody else can sign in.
pub const SESSIONS_AT_MOST: usize = 20_000;
const TOKEN_BYTES: usize = 32;

/// The hash of a token.
type Key = [u8; 32];

/// A session of a person.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose.
    pub name: String,
    /// The entry that made the person as they were when they signed in.
    pub person: u64,
    began: Instant,
    used: Instant,
}

impl Session {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.used) >= IDLE_AT_MOST
            || now.saturating_duration_since(self.began) >= LASTS_AT_MOST
    }
}

/// All sessions.
#[derive(Default)]
pub struct Sessions {
    by_key: HashMap<Key, Session>,
}

impl Sessions {
    /// Begins a session; answers its token. `None`: there are too many, or no random bytes.
    pub fn begin(&mut self, name: &str, person: u64, now: Instant) -> Option<String> {
        self.by_key.retain(|_, session| !session.is_over(now));
        let own = self.by_key.iter().filter(|(_, one)| one.name == name);
        let own: Vec<(Instant, Key)> = own.map(|(key, one)| (one.used, *key)).collect();
        if own.len() >= SESSIONS_A_PERSON
            && let Some((_, oldest)) = own.iter().min()
        {
            self.by_key.remove(oldest);
        }
        if self.by_key.len() >= SESSIONS_AT_MOST {
            return None;
        }
        let mut token = [0; TOKEN_BYTES];
        getrandom::fill(&mut token).ok()?;
        let token = hex(&token);
        let session = Session {
            name: name.into(),
            person,
            began: now,
            used: now,
        };
        self.by_key.insert(digest("session", &token), session);
        Some(token)
    }

    /// The session of a token, which is used by that.
    pub fn find(&mut self, token: &str, now: Instant) -> Option<Session> {
        let key = digest("session", token);
        let session = self.by_key.get_mut(&key)?;
        if session.is_over(now) {
            self.by_key.remove(&key);
            return None;
        }
        session.used = now;
        Some(session.clone())
    }

    /// Ends a session.
    pub fn end(&mut self, token: &str) {
        self.by_key.remove(&digest("session", token));
    }
}

/// What every call of a session must say besides its cookie: another site can send the cookie along, but
/// never read this. Derived, so that it is as good as the token and stored nowhere.
pub fn csrf_token(token: &str) -> String {
    hex(&digest("csrf", token))
}

/// Whether a call says the right one; takes as long whatever it says.
pub fn is_csrf_token(token: &str, said: &[u8]) -> bool {
    let right = csrf_token(token);
    let differs = right
        .bytes()
        .zip(said)
        .fold(0, |differs, (one, other)| differs | (one ^ other));
    said.len() == right.len() && differs == 0
}

fn digest(purpose: &str, token: &str) -> Key {
    let mut digest = Sha256::new();
    digest.update(purpose.as_bytes());
    digest.update([0]);
    digest.update(token.as_bytes());
    digest.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
