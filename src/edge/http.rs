//! The HTTP door: `/metrics` for Prometheus, `/healthz` (alive) and `/readyz` (takes requests); all else is
//! the console's.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::service::node::Node;

#[derive(Clone)]
struct Door {
    node: Node,
    metrics: PrometheusHandle,
}

/// The routes, with the console's.
pub fn routes(node: Node, metrics: PrometheusHandle, console: Router) -> Router {
    Router::new()
        .route("/metrics", get(render_metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(Door { node, metrics })
        .merge(console)
}

async fn render_metrics(State(door): State<Door>) -> String {
    door.metrics.render()
}

async fn ready(State(door): State<Door>) -> (StatusCode, &'static str) {
    if door.node.is_ready() {
        (StatusCode::OK, "ready\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}
