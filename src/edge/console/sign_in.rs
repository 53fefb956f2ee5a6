//! `/session`: signing in, who is signed in, signing out.

use std::{
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::{
    door::Console,
    password,
    session::{LASTS_AT_MOST, Sessions, csrf_token, is_csrf_token},
    throttle::Throttle,
};
use crate::{
    domain::person::{NAME_BYTES_AT_MOST, SignIn},
    edge::author::SignedIn,
    service::measure,
};

const COOKIE: &str = "sameuser_session";
/// The header that says the session's second token.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");
/// Passwords checked at once: each costs tens of milliseconds of a processor that verdicts need.
const CHECKED_AT_ONCE: usize = 1;
/// Sign-ins that wait for that; further ones are sent away.
const WAITING_AT_MOST: usize = 16;

/// What signing in needs besides the store.
pub struct Desk {
    sessions: Mutex<Sessions>,
    throttle: Mutex<Throttle>,
    checking: Semaphore,
    waiting: Semaphore,
}

impl Default for Desk {
    fn default() -> Self {
        Desk {
            sessions: Mutex::default(),
            throttle: Mutex::default(),
            checking: Semaphore::new(CHECKED_AT_ONCE),
            waiting: Semaphore::new(WAITING_AT_MOST),
        }
    }
}

impl Desk {
    fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().expect("no holder panics")
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().expect("no holder panics")
    }
}

/// What is typed to sign in.
#[derive(Deserialize)]
pub struct Credentials {
    name: String,
    password: String,
}

/// Who is signed in, as the app is told.
#[derive(Serialize)]
struct SessionAnswer {
    name: String,
    role: &'static str,
    csrf_token: String,
}

/// The same words whatever was wrong: nobody learns which names exist.
#[derive(Serialize)]
struct Message {
    message: &'static str,
}

fn refused(status: StatusCode, message: &'static str) -> Response {
    (status, Json(Message { message })).into_response()
}

/// Somebody signed in, with the token that says so.
pub struct Visitor {
    /// Who.
    pub person: SignedIn,
    token: String,
}

impl Visitor {
    fn answer(&self) -> SessionAnswer {
        SessionAnswer {
            name: self.person.name.clone(),
            role: self.person.role.word(),
            csrf_token: csrf_token(&self.token),
        }
    }

    /// Whether a request says the session's second token.
    pub fn says_csrf_token(&self, headers: &HeaderMap) -> bool {
        let said = headers.get(CSRF_HEADER);
        said.is_some_and(|said| is_csrf_token(&self.token, said.as_bytes()))
    }
}

impl Console {
    /// Who a request's cookie says is signed in, as they are by now.
    pub fn visitor(&self, headers: &HeaderMap) -> Option<Visitor> {
        let token = cookie(headers)?;
        let session = self.desk.sessions().find(&token, Instant::now())?;
        let known = self.node.look(|engine| {
            let known = engine.staff().get(&session.name);
            known.map(|known| (known.sequence, known.person.role))
        });
        let (sequence, role) = known.ok()??;
        if sequence != session.person {
            self.desk.sessions().end(&token);
            return None;
        }
        let name = session.name;
        let person = SignedIn { name, role };
        Some(Visitor { person, token })
    }

    fn set_cookie(&self, headers: &HeaderMap, token: &str, seconds: u64) -> String {
        let secure = if self.is_secure || is_forwarded_over_tls(headers) {
            "; Secure"
        } else {
            ""
        };
        format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        (name == COOKIE && !value.is_empty()).then(|| value.to_string())
    })
}

/// Whether a proxy in front says that the browser reached it over TLS. Who could lie about it only makes the
/// cookie go fewer ways.
fn is_forwarded_over_tls(headers: &HeaderMap) -> bool {
    let said = headers.get(HeaderName::from_static("x-forwarded-proto"));
    said.is_some_and(|said| said.as_bytes() == b"https")
}

/// Whether a browser says that the request comes from another site, or from nowhere (`null`).
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let host_of = |origin: &'_ str| Some(origin.split_once("://")?.1.to_string());
    headers.contains_key(header::ORIGIN)
        && text(header::ORIGIN).and_then(host_of).as_deref() != text(header::HOST)
}

/// `POST /session`.
pub async fn sign_in(
    State(console): State<Console>,
    headers: HeaderMap,
    Json(said): Json<Credentials>,
) -> Response {
    if is_from_elsewhere(&headers) {
        return refused(StatusCode::FORBIDDEN, "Sign in from the console itself.");
    }
    let outcome = try_sign_in(&console, &headers, said).await;
    let word = match outcome.status() {
        StatusCode::OK => "ok",
        StatusCode::TOO_MANY_REQUESTS => "throttled",
        _ => "failed",
    };
    metrics::counter!(measure::SIGN_INS, "outcome" => word).increment(1);
    outcome
}

async fn try_sign_in(console: &Console, headers: &HeaderMap, said: Credentials) -> Response {
    let Credentials { name, password } = said;
    let wrong = || refused(StatusCode::UNAUTHORIZED, "Name or password is wrong.");
    if name.len() > NAME_BYTES_AT_MOST || password.len() > password::BYTES_AT_MOST {
        return wrong();
    }
    let desk = &console.desk;
    let Ok(_place) = desk.waiting.try_acquire() else {
        return throttled(Duration::from_secs(1));
    };
    let Ok(_turn) = desk.checking.acquire().await else {
        return throttled(Duration::from_secs(1));
    };
    let wait = desk.throttle().wait(&name, Instant::now());
    if !wait.is_zero() {
        return throttled(wait);
    }
    let known = console.node.look(|engine| {
        let known = engine.staff().get(&name);
        known.map(|known| (known.sequence, known.person.clone()))
    });
    let Ok(known) = known else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "The service is stopping.");
    };
    let hash = known.as_ref().map(|(_, person)| match &person.sign_in {
        SignIn::Password { hash } => hash.clone(),
    });
    let checked =
        tokio::task::spawn_blocking(move || password::is_right(&password, hash.as_deref())).await;
    let (true, Some((sequence, person))) = (checked.unwrap_or(false), known) else {
        desk.throttle().failed(&name, Instant::now());
        tracing::info!("a sign-in failed");
        return wrong();
    };
    desk.throttle().succeeded(&name);
    let Some(token) = desk.sessions().begin(&name, sequence, Instant::now()) else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "Too many people are here.");
    };
    let cookie = console.set_cookie(headers, &token, LASTS_AT_MOST.as_secs());
    let role = person.role;
    let visitor = Visitor {
        person: SignedIn { name, role },
        token,
    };
    ([(header::SET_COOKIE, cookie)], Json(visitor.answer())).into_response()
}

fn throttled(wait: Duration) -> Response {
    let seconds = wait.as_secs().max(1).to_string();
    let message = Message {
        message: "Too many attempts; wait a moment.",
    };
    let retry = [(header::RETRY_AFTER, seconds)];
    (StatusCode::TOO_MANY_REQUESTS, retry, Json(message)).into_response()
}

/// `GET /session`.
pub async fn session(State(console): State<Console>, headers: HeaderMap) -> Response {
    match console.visitor(&headers) {
        Some(visitor) => Json(visitor.answer()).into_response(),
        None => refused(StatusCode::UNAUTHORIZED, "Nobody is signed in."),
    }
}

/// `DELETE /session`.
pub async fn sign_out(State(console): State<Console>, headers: HeaderMap) -> Response {
    let Some(visitor) = console.visitor(&headers) else {
        return refused(StatusCode::UNAUTHORIZED, "Nobody is signed in.");
    };
    if !visitor.says_csrf_token(&headers) {
        return refused(StatusCode::FORBIDDEN, "x-csrf-token is missing or wrong.");
    }
    console.desk.sessions().end(&visitor.token);
    let cookie = [(header::SET_COOKIE, console.set_cookie(&headers, "", 0))];
    (StatusCode::NO_CONTENT, cookie).into_response()
}
