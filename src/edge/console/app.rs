//! The app that this program carries: what `make console` built, compiled in. Without it, a page that says
//! so.

use std::borrow::Cow;

use axum::{
    http::{HeaderMap, Method, StatusCode, Uri, header},
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
    if let Some(file) = Built::get(path) {
        let is_hashed = path.starts_with("assets/");
        return answer(
            file,
            if is_hashed { FOR_EVER } else { ASKED_ABOUT },
            &headers,
        );
    }
    // A route of the app's own may name an account, whose id may hold dots; its files lie in one folder.
    if path.starts_with("assets/") {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Built::get("index.html") {
        Some(index) => answer(index, ASKED_ABOUT, &headers),
        None => {
            let html = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (html, MISSING).into_response()
        }
    }
}

fn answer(file: EmbeddedFile, kept: &'static str, headers: &HeaderMap) -> Response {
    let hash = file.metadata.sha256_hash();
    let tag: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let known = headers.get(header::IF_NONE_MATCH);
    let head = [
        (header::CONTENT_TYPE, content_type(&file)),
        (header::CACHE_CONTROL, kept.into()),
        (header::ETAG, tag.clone()),
    ];
    if known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    match file.data {
        Cow::Borrowed(bytes) => (head, bytes).into_response(),
        Cow::Owned(bytes) => (head, bytes).into_response(),
    }
}

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind.into()
    }
}
