//! What every gRPC call tells of itself: how long it took, and with what code it was answered. A call
//! that fails is a line of the log with its request's id: the caller's `x-request-id`, or one made
//! here; it goes back with the answer.

use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Instant,
};

use metrics::{Counter, Histogram, counter, histogram};
use tonic::{
    Code,
    codegen::http::{HeaderMap, HeaderName, HeaderValue, Request, Response},
};
use tower::{Layer, Service};

use crate::service::measure;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A longer id is not taken over.
const REQUEST_ID_BYTES_AT_MOST: usize = 128;
/// Streams have no one answer.
const STREAMS: [&str; 2] = ["PublishEvents", "WatchAdjustments"];

/// Wraps a service so that its calls are measured.
#[derive(Clone, Default)]
pub struct CallLayer {
    meters: Arc<Meters>,
}

/// Time and number of one code's calls, by RPC.
type ByRpc = HashMap<String, (Histogram, Counter)>;

#[derive(Default)]
struct Meters {
    by_code: Mutex<HashMap<i32, ByRpc>>,
    requests: AtomicU64,
}

impl Meters {
    /// A method that is not served has no name of its own: callers can't make series up.
    fn record(&self, path: &str, code: Code, began: Instant) {
        let rpc = match (code, path.rsplit('/').next()) {
            (Code::Unimplemented, _) | (_, None) => "other",
            (_, Some(rpc)) => rpc,
        };
        if STREAMS.contains(&rpc) {
            return;
        }
        let mut by_code = self.by_code.lock().expect("no holder panics");
        let by_rpc = by_code.entry(code as i32).or_default();
        if !by_rpc.contains_key(rpc) {
            by_rpc.insert(rpc.into(), call_meters(rpc, code));
        }
        if let Some((seconds, calls)) = by_rpc.get(rpc) {
            seconds.record(began.elapsed());
            calls.increment(1);
        }
    }

    fn new_request_id(&self) -> HeaderValue {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let text = format!("{:x}-{number:x}", std::process::id());
        HeaderValue::from_str(&text).expect("hexadecimal digits are a header's value")
    }
}

fn call_meters(rpc: &str, code: Code) -> (Histogram, Counter) {
    let (rpc, code) = (rpc.to_string(), format!("{code:?}"));
    (
        histogram!(measure::CALL_SECONDS, "rpc" => rpc.clone()),
        counter!(measure::CALLS, "rpc" => rpc, "code" => code),
    )
}

impl<S> Layer<S> for CallLayer {
    type Service = Calls<S>;

    fn layer(&self, inner: S) -> Calls<S> {
        let meters = self.meters.clone();
        Calls { inner, meters }
    }
}

/// A service whose calls are measured.
#[derive(Clone)]
pub struct Calls<S> {
    inner: S,
    meters: Arc<Meters>,
}

impl<S, B, R> Service<Request<B>> for Calls<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let began = Instant::now();
        let uri = request.uri().clone();
        let said = request.headers().get(REQUEST_ID).cloned();
        let said = said.filter(|id| id.len() <= REQUEST_ID_BYTES_AT_MOST);
        let meters = self.meters.clone();
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut response = answer.await?;
            let code = code(response.headers());
            meters.record(uri.path(), code, began);
            let id = match code {
                Code::Ok => said,
                _ => Some(said.unwrap_or_else(|| meters.new_request_id())),
            };
            let Some(id) = id else {
                return Ok(response);
            };
            if code != Code::Ok {
                tracing::info!(
                    request_id = id.to_str().unwrap_or("not ASCII"),
                    call = uri.path(),
                    ?code,
                    milliseconds = began.elapsed().as_secs_f64() * 1000.0,
                    "a call failed"
                );
            }
            response.headers_mut().insert(REQUEST_ID, id);
            Ok(response)
        })
    }
}

/// A call that fails before anything is answered says so in its head.
fn code(headers: &HeaderMap) -> Code {
    headers
        .get("grpc-status")
        .map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()))
}
