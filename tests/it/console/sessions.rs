//! Sessions: how they begin, what they need, how they end; and what failed sign-ins cost.

use std::time::{Duration, Instant};

use sameuser::{
    domain::person::Role,
    edge::console::{
        session::{
            IDLE_AT_MOST, LASTS_AT_MOST, SESSIONS_A_PERSON, Sessions, csrf_token, is_csrf_token,
        },
        throttle::{FREE_FAILURES, Throttle, WAIT_AT_MOST},
    },
};
use serde_json::json;

use super::{PASSWORD, browser::Browser, people, person, signed_in};
use crate::support::{Server, folder, run, run_ok, run_with_input};

#[test]
fn a_session_from_sign_in_to_sign_out() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    let mut browser = Browser::new(server.http);
    assert_eq!(browser.get("/session").status, 401);
    assert_eq!(browser.sign_in("lead", "wrong password").status, 401);

    let answer = browser.sign_in("lead", PASSWORD);
    assert_eq!(answer.status, 200);
    let said = answer.json();
    assert_eq!(
        (&said["name"], &said["role"]),
        (&json!("lead"), &json!("lead"))
    );
    let cookie = answer.header("set-cookie").unwrap();
    for flag in ["sameuser_session=", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    // On loopback without TLS a browser would not send a secure cookie back.
    assert!(!cookie.contains("Secure"), "{cookie}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(browser.get("/session").json(), said);

    // Signing out needs the second token, too.
    assert_eq!(browser.request("DELETE", "/session", &[], b"").status, 403);
    assert_eq!(browser.get("/session").status, 200);
    let token = browser.csrf_token.clone().unwrap();
    let headers = [("x-csrf-token", token.as_str())];
    let gone = browser.request("DELETE", "/session", &headers, b"");
    assert_eq!(gone.status, 204);
    assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!(browser.get("/session").status, 401);
}

#[test]
fn a_sign_in_from_another_site_or_of_another_form_is_refused() {
    let folder = folder();
    person(folder.path(), "lead", "lead");
    let server = Server::start(folder.path());
    let browser = Browser::new(server.http);
    let body = json!({"name": "lead", "password": PASSWORD}).to_string();
    let elsewhere = [
        ("content-type", "application/json"),
        ("origin", "https://evil.example"),
    ];
    let post = |headers: &[(&str, &str)], body: &str| {
        browser
            .request("POST", "/session", headers, body.as_bytes())
            .status
    };
    assert_eq!(post(&elsewhere, &body), 403);
    let nowhere = [("content-type", "application/json"), ("origin", "null")];
    assert_eq!(post(&nowhere, &body), 403);
    let own = format!("http://{}", server.http);
    let here = [
        ("content-type", "application/json"),
        ("origin", own.as_str()),
    ];
    assert_eq!(post(&here, &body), 200);
    // A form of any site can send this without asking first.
    assert_eq!(post(&[("content-type", "text/plain")], &body), 415);
    assert_eq!(post(&here, "{}"), 422);
    let long = json!({"name": "lead", "password": "x".repeat(5000)}).to_string();
    assert_eq!(post(&here, &long), 413);
}

#[test]
fn failed_sign_ins_are_throttled_alike_for_known_and_unknown_names() {
    let folder = folder();
    people(folder.path());
    let server = Server::start(folder.path());
    let mut browser = Browser::new(server.http);
    for name in ["analyst", "nobody"] {
        for _ in 0..FREE_FAILURES {
            let answer = browser.sign_in(name, "a wrong password");
            assert_eq!(answer.status, 401);
            assert_eq!(answer.json()["message"], "Name or password is wrong.");
        }
        // The right password is not even looked at now.
        let answer = browser.sign_in(name, PASSWORD);
        assert_eq!(answer.status, 429, "{name}");
        assert!(
            answer
                .header("retry-after")
                .unwrap()
                .parse::<u64>()
                .unwrap()
                >= 1
        );
    }
    // Others sign in meanwhile; and the log names nobody, since a password may be typed as a name.
    signed_in(&server, "lead");
    assert!(server.metric("sameuser_sign_ins_total{outcome=\"throttled\"}") >= 2.0);
    let (_, log) = server.stop();
    assert!(
        log.contains("a sign-in failed") && !log.contains("nobody"),
        "{log}"
    );
}

#[test]
fn waits_double_end_and_are_forgotten() {
    let mut throttle = Throttle::default();
    let now = Instant::now();
    for _ in 0..FREE_FAILURES {
        assert!(throttle.wait("lin", now).is_zero());
        throttle.failed("lin", now);
    }
    let mut waits = Vec::new();
    for _ in 0..10 {
        waits.push(throttle.wait("lin", now).as_secs());
        throttle.failed("lin", now);
    }
    assert_eq!(waits, [15, 30, 60, 60, 60, 60, 60, 60, 60, 60]);
    assert!(throttle.wait("lin", now + WAIT_AT_MOST).is_zero());
    throttle.succeeded("lin");
    assert!(throttle.wait("lin", now).is_zero());
}

#[test]
fn sessions_end_by_idleness_by_age_and_by_number() {
    let mut sessions = Sessions::default();
    let now = Instant::now();
    let second = Duration::from_secs(1);
    let idle = sessions.begin("lin", 1, now).unwrap();
    assert!(sessions.find(&idle, now + IDLE_AT_MOST - second).is_some());
    // Its use began its idleness anew.
    assert!(sessions.find(&idle, now + IDLE_AT_MOST + second).is_some());
    assert!(
        sessions
            .find(&idle, now + IDLE_AT_MOST * 2 + second)
            .is_none()
    );

    let busy = sessions.begin("lin", 1, now).unwrap();
    let mut at = now;
    while at + IDLE_AT_MOST / 2 < now + LASTS_AT_MOST {
        at += IDLE_AT_MOST / 2;
        assert!(sessions.find(&busy, at).is_some());
    }
    assert!(sessions.find(&busy, now + LASTS_AT_MOST).is_none());

    let first = sessions.begin("lin", 1, now).unwrap();
    for nth in 0..SESSIONS_A_PERSON as u32 {
        sessions.begin("lin", 1, now + second * (nth + 1)).unwrap();
    }
    assert!(sessions.find(&first, now).is_none(), "the least used one");
    assert_ne!(csrf_token(&first), csrf_token(&busy));
    assert!(is_csrf_token(&first, csrf_token(&first).as_bytes()));
    assert!(!is_csrf_token(&first, &csrf_token(&first).as_bytes()[..63]));
    assert!(!is_csrf_token(&first, csrf_token(&busy).as_bytes()));
}

#[test]
fn people_are_added_changed_listed_and_removed() {
    let folder = folder();
    let data = folder.path().to_str().unwrap();
    person(folder.path(), "林", "analyst");
    let again = ["people", "add", "林", "--role", "lead", "--data", data];
    let again = run_with_input(again, PASSWORD.as_bytes()).expect(1);
    assert!(again.stderr.contains("name: is taken"), "{}", again.stderr);
    let short = ["people", "add", "max", "--role", "lead", "--data", data];
    let short = run_with_input(short, b"short").expect(2);
    assert!(
        short.stderr.contains("at least 10 characters"),
        "{}",
        short.stderr
    );
    run_ok([
        "people", "set-role", "林", "--role", "auditor", "--data", data,
    ]);
    let set = ["people", "set-password", "林", "--data", data];
    run_with_input(set, b"another good password\n").expect(0);
    let listed = run_ok(["people", "list", "--data", data]);
    assert_eq!(listed.summary(), json!({"name": "林", "role": "auditor"}));

    // No password and no token stands in the store.
    let server = Server::start(folder.path());
    let mut browser = Browser::new(server.http);
    assert_eq!(browser.sign_in("林", PASSWORD).status, 401);
    let answer = browser.sign_in("林", "another good password");
    assert_eq!(answer.json()["role"], Role::Auditor.word());
    let held = run(["people", "list", "--data", data]).expect(1);
    assert!(held.stderr.contains("use --server URL"), "{}", held.stderr);

    // At a running server a change ends the person's sessions at once.
    let url = server.url();
    assert_eq!(browser.get("/session").status, 200);
    run_ok([
        "people", "set-role", "林", "--role", "lead", "--server", &url,
    ]);
    assert_eq!(browser.get("/session").status, 401);
    let listed = run_ok(["people", "list", "--server", &url]);
    assert_eq!(listed.summary(), json!({"name": "林", "role": "lead"}));
    let max = [
        "people", "add", "max", "--role", "auditor", "--server", &url,
    ];
    run_with_input(max, PASSWORD.as_bytes()).expect(0);
    assert_eq!(browser.sign_in("max", PASSWORD).status, 200);
    run_ok(["people", "remove", "max", "--server", &url]);
    assert_eq!(browser.get("/session").status, 401);
    server.stop();
    let stored = std::fs::read(folder.path().join("sameuser.db")).unwrap();
    let stored = String::from_utf8_lossy(&stored);
    assert!(stored.contains("$argon2id$"));
    assert!(!stored.contains("another good password") && !stored.contains(PASSWORD));

    run_ok(["people", "remove", "林", "--data", data]);
    assert_eq!(run_ok(["people", "list", "--data", data]).stdout, "");
    let server = Server::start(folder.path());
    assert_eq!(
        browser_at(&server)
            .sign_in("林", "another good password")
            .status,
        401
    );
    run_ok_verify(data, server);
}

fn browser_at(server: &Server) -> Browser {
    Browser::new(server.http)
}

fn run_ok_verify(data: &str, server: Server) {
    server.stop();
    run_ok(["verify", "--data", data]);
}

#[test]
fn every_answer_carries_the_headers_and_the_app_answers_its_own_routes() {
    let folder = folder();
    let server = Server::start(folder.path());
    let browser = Browser::new(server.http);
    for path in [
        "/",
        "/queue",
        "/accounts/a.b",
        "/session",
        "/assets/none.js",
    ] {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'self'; style-src 'self'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    let page = browser.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(browser.get("/cases/some.account").body, page.body);
    assert_eq!(browser.get("/assets/none.js").status, 404);
    assert_eq!(browser.request("POST", "/queue", &[], b"").status, 405);
    assert_eq!(server.get("/healthz").0, 200);

    // Where the app is built in, its files are kept for ever and the page is asked about.
    let text = page.text();
    let Some(asset) = text.split('"').find(|word| word.starts_with("/assets/")) else {
        assert!(text.contains("make console"), "{text}");
        return;
    };
    let path = asset;
    let asset = browser.get(path);
    assert_eq!(asset.status, 200);
    assert!(asset.header("cache-control").unwrap().contains("immutable"));

    // Whoever takes gzip gets less, by the same name and of the same kind; whoever refuses it does not.
    let accepting = |said| browser.request("GET", path, &[("accept-encoding", said)], b"");
    let small = accepting("br, gzip;q=0.8");
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert!(small.body.len() < asset.body.len());
    for header in ["content-type", "cache-control", "vary"] {
        assert_eq!(small.header(header), asset.header(header), "{header}");
    }
    assert_ne!(small.header("etag"), asset.header("etag"));
    assert_eq!(asset.header("content-encoding"), None);
    assert_eq!(accepting("gzip;q=0").body, asset.body);
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let known = [("if-none-match", page.header("etag").unwrap())];
    assert_eq!(browser.request("GET", "/", &known, b"").status, 304);
}
