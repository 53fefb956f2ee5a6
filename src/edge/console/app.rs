//! The app that this program carries: what `make console` built, compiled in, compressed once at that time.
//! Without it, a page that says so.

use std::borrow::Cow;

use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Files named after their content never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked about each time.
const ASKED_ABOUT: &str = "no-cache";

const MISSING: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
    <title>sameuser</title></head><body><h1>The console is not part of this program</h1>\
    <p>It was built without it. To build it, with Node 20.19 or newer: <code>make console</code>, then \
    <code>make build</code>.</p><p>Everything else works: gRPC, <code>/metrics</code>, \
    <code>/healthz</code>, <code>/readyz</code>.</p></body></html>\n";

/// What was built; empty where nothing was. See `build.rs`.
#[derive(RustEmbed)]
#[folder = "$SAMEUSER_CONSOLE"]
struct Built;

/// Anything that no other route answers: a file of the app, or for what its own routes may show, the app.
pub async fn app(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    let kept = if path.starts_with("assets/") {
        FOR_EVER
    } else {
        ASKED_ABOUT
    };
    if let Some(answer) = file(path, kept, &headers) {
        return answer;
    }
    // A route of the app's own may name an account, whose id may hold dots; its files lie in one folder.
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    file("index.html", ASKED_ABOUT, &headers).unwrap_or_else(|| {
        let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (html, MISSING).into_response()
    })
}

/// A file of the app by its path, where there is one: compressed where the browser takes that and the build
/// found it worth it.
fn file(path: &str, kept: &'static str, headers: &HeaderMap) -> Option<Response> {
    let plain = Built::get(path)?;
    let kind = content_type(&plain);
    let takes_gzip = accepts_gzip(headers);
    let small = takes_gzip
        .then(|| Built::get(&format!("{path}.gz")))
        .flatten();
    let is_small = small.is_some();
    let chosen = small.unwrap_or(plain);
    let hash = chosen.metadata.sha256_hash();
    let tag: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, kept.into()),
        (header::VARY, "accept-encoding".into()),
        (header::ETAG, tag),
    ];
    if is_known {
        return Some((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let mut answer = match chosen.data {
        Cow::Borrowed(bytes) => (head, bytes).into_response(),
        Cow::Owned(bytes) => (head, bytes).into_response(),
    };
    if is_small {
        let gzip = HeaderValue::from_static("gzip");
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_ENCODING, gzip);
    }
    Some(answer)
}

/// Whether a browser says that it takes gzip: named, and not with a weight of nothing.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let said = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings = said
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").unwrap_or("1");
        name.trim().eq_ignore_ascii_case("gzip") && weight.parse().is_ok_and(|q: f32| q > 0.0)
    })
}

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.into()
    }
}
