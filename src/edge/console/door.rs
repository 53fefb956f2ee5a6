//! The routes of the console: sessions, gRPC-Web behind them, the app; and the headers that all answers
//! carry.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use tonic::{Status, service::Routes};
use tonic_web::GrpcWebLayer;

use super::{
    app,
    authority::roles_of,
    sign_in::{Desk, Visitor, session, sign_in, sign_out},
};
use crate::{edge::calls::CallLayer, service::node::Node};

/// A name and a password need no more bytes.
const CREDENTIALS_BYTES_AT_MOST: usize = 4096;

/// The services; what nobody may call of them is refused like the rest. Every other path is the app's.
const SERVICES: [&str; 5] = [
    "/sameuser.v1.EventService/{rpc}",
    "/sameuser.v1.ReviewService/{rpc}",
    "/sameuser.v1.CampaignService/{rpc}",
    "/sameuser.v1.VerdictService/{rpc}",
    "/sameuser.v1.PeopleService/{rpc}",
];

/// Only what this program serves itself is loaded, run or framed: no inline script or style, no other
/// site.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; style-src 'self'; \
    img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];
/// Browsers that came once over TLS come back no other way, for half a year.
const TRANSPORT_SECURITY: &str = "max-age=15768000";

/// The console's door; clones share it.
#[derive(Clone)]
pub struct Console {
    pub(super) node: Node,
    pub(super) desk: Arc<Desk>,
    /// Reached by TLS: the cookie goes no other way.
    pub(super) is_secure: bool,
}

impl Console {
    /// A door without anybody signed in.
    pub fn new(node: Node, is_secure: bool) -> Self {
        Console {
            node,
            desk: Arc::default(),
            is_secure,
        }
    }

    /// Its routes; `services` are those of the gRPC door.
    pub fn routes(&self, services: Routes) -> Router {
        let guarded = services
            .into_axum_router()
            .layer(middleware::from_fn_with_state(self.clone(), guard))
            .layer(GrpcWebLayer::new())
            .layer(CallLayer::default())
            .into_service::<Body>();
        let sessions = Router::new()
            .route("/session", get(session).post(sign_in).delete(sign_out))
            .layer(DefaultBodyLimit::max(CREDENTIALS_BYTES_AT_MOST))
            .layer(middleware::map_response(never_kept))
            .with_state(self.clone());
        let mut routes = Router::new().merge(sessions).fallback(app::app);
        for path in SERVICES {
            routes = routes.route_service(path, guarded.clone());
        }
        let secured = middleware::map_response_with_state(self.clone(), secure);
        routes.layer(secured)
    }

    /// Lets a call pass that a person may make.
    fn authorise(&self, request: &Request) -> Result<Visitor, Status> {
        let roles = roles_of(request.uri().path())
            .ok_or_else(|| Status::unimplemented("there is no such call"))?;
        let visitor = self
            .visitor(request.headers())
            .ok_or_else(|| Status::unauthenticated("sign in first"))?;
        if !visitor.says_csrf_token(request.headers()) {
            return Err(Status::permission_denied(
                "x-csrf-token is missing or not the session's",
            ));
        }
        let role = visitor.person.role;
        if !roles.contains(&role) {
            let message = format!("not open to the role {}", role.word());
            return Err(Status::permission_denied(message));
        }
        Ok(visitor)
    }
}

async fn guard(State(console): State<Console>, mut request: Request, next: Next) -> Response {
    match console.authorise(&request) {
        Ok(visitor) => {
            request.extensions_mut().insert(visitor.person);
            next.run(request).await
        }
        Err(status) => status.into_http(),
    }
}

async fn never_kept(mut response: Response) -> Response {
    let value = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

async fn secure(State(console): State<Console>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if console.is_secure {
        let value = HeaderValue::from_static(TRANSPORT_SECURITY);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}
