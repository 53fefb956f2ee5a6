//! Durable verdicts, against a no-op server with the same messages of the same size, driven by the
//! same client in the same run: rate, latency and the server's CPU a verdict, one call a question at
//! 16, 64 and 256 in flight, and 100 questions a call. A simulated world of one million accounts;
//! those that ask are drawn uniformly, every task is new.

#[allow(dead_code, reason = "each bench uses a part")]
mod support;

use std::{collections::BTreeMap, path::Path, rc::Rc};

use prost::Message;
use sameuser::edge::proto::v1::{
    self,
    verdict_service_server::{VerdictService, VerdictServiceServer},
};
use serde_json::json;
use support::{
    Failure, data,
    load::{self, Round, Shape},
    process,
    question::question,
    report::{self, median, short},
    server::Server,
};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Request, Response, Status};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const NO_OP: &str = "no-op-server";
const SHAPES: [Shape; 4] = [
    shape("1 connection, 16 in flight", 1, 16, 1),
    shape("4 connections, 64 in flight", 4, 64, 1),
    shape("8 connections, 256 in flight", 8, 256, 1),
    shape("2 connections, 4 calls of 100", 2, 4, 100),
];

const fn shape(name: &'static str, connections: usize, in_flight: usize, batch: u64) -> Shape {
    Shape {
        name,
        connections,
        in_flight,
        batch,
    }
}

fn main() -> Result<(), Failure> {
    let arguments = process::arguments();
    if let [part, template] = &arguments[..]
        && part == NO_OP
    {
        return no_op(Path::new(template));
    }
    let accounts = data::accounts();
    let world = data::world(accounts)?;
    let askers: Rc<[String]> = world.askers()?.into();
    let copy = data::Copy::of(&world.store())?;
    let server = Server::of_store(&copy.path)?;
    let template = copy.path.join("template");
    let (request_bytes, response_bytes) = write_template(&server, &askers[0], &template)?;
    let template = template.to_str().ok_or("the path is not UTF-8")?;
    let no_op = Server::of_part(&[NO_OP, template])?;
    println!(
        "durable verdicts on {accounts} accounts, {} of which ask; request {request_bytes} B, response \
         {response_bytes} B; medians of {} rounds",
        askers.len(),
        data::rounds()
    );
    let mut rows = Vec::new();
    let mut unary_rate = f64::NAN;
    for shape in SHAPES {
        let measured = measure(&server, &no_op, shape, &askers)?;
        if shape.in_flight == 256 {
            unary_rate = median(measured.ours.iter().map(|round| round.rate));
        }
        rows.push(measured.row());
        report::json(&measured.json(unary_rate));
    }
    println!();
    report::table(&HEADS, &rows);
    Ok(())
}

/// Asks one question and keeps the answer for the no-op server.
fn write_template(server: &Server, asker: &str, path: &Path) -> Result<(usize, usize), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let request = question(asker, u64::MAX >> 33, 1);
    let request_bytes = request.encoded_len();
    let response = runtime.block_on(async {
        let channel = load::connect(server).await?;
        let mut client = v1::verdict_service_client::VerdictServiceClient::new(channel);
        Ok::<_, Failure>(client.check_discount(request).await?.into_inner())
    })?;
    std::fs::write(path, response.encode_to_vec())?;
    Ok((request_bytes, response.encoded_len()))
}

struct Measured {
    shape: Shape,
    ours: Vec<Round>,
    no_op: Vec<Round>,
    group: f64,
}

fn measure(
    server: &Server,
    no_op: &Server,
    shape: Shape,
    askers: &Rc<[String]>,
) -> Result<Measured, Failure> {
    let mut measured = Measured {
        shape,
        ours: Vec::new(),
        no_op: Vec::new(),
        group: 0.0,
    };
    let entries = || server.metric("sameuser_journal_commit_entries_sum");
    let commits = || server.metric("sameuser_journal_commit_entries_count");
    let (entries_before, commits_before) = (entries()?, commits()?);
    for round in 0..data::rounds() {
        let run = (u64::from(std::process::id()) << 8 | round) ^ (shape.in_flight as u64) << 40;
        // Who goes first changes, so that neither always finds the machine the other left.
        for turn in 0..2 {
            if (round + turn) % 2 == 0 {
                measured.no_op.push(load::round(no_op, shape, askers, run)?);
            } else {
                measured.ours.push(load::round(server, shape, askers, run)?);
            }
        }
    }
    measured.group = (entries()? - entries_before) / (commits()? - commits_before);
    Ok(measured)
}

const HEADS: [&str; 11] = [
    "shape",
    "no-op /s",
    "ours /s",
    "ratio",
    "no-op µs",
    "ours µs",
    "ratio",
    "rt + journal µs",
    "group",
    "p50/p99 ms",
    "no-op p50/p99",
];

impl Measured {
    fn of(rounds: &[Round], value: impl Fn(&Round) -> f64) -> f64 {
        median(rounds.iter().map(value))
    }

    fn ratio(&self, value: impl Fn(&Round) -> f64) -> f64 {
        let pairs = self.ours.iter().zip(&self.no_op);
        median(pairs.map(|(ours, no_op)| value(ours) / value(no_op)))
    }

    fn thread(&self, name: &str) -> f64 {
        Self::of(&self.ours, |round| {
            round.cpu.get(name).copied().unwrap_or(0.0)
        })
    }

    fn row(&self) -> Vec<String> {
        let pair = |rounds: &[Round]| {
            format!(
                "{:.2}/{:.2}",
                Self::of(rounds, |round| round.p50),
                Self::of(rounds, |round| round.p99)
            )
        };
        vec![
            self.shape.name.into(),
            format!("{:.0}", Self::of(&self.no_op, |round| round.rate)),
            format!("{:.0}", Self::of(&self.ours, |round| round.rate)),
            format!("{:.2}", self.ratio(|round| round.rate)),
            format!("{:.1}", Self::of(&self.no_op, Round::cpu_total)),
            format!("{:.1}", Self::of(&self.ours, Round::cpu_total)),
            format!("{:.2}", self.ratio(Round::cpu_total)),
            format!(
                "{:.1} + {:.1}",
                self.thread("sameuser"),
                self.thread("journal")
            ),
            format!("{:.0}", self.group),
            pair(&self.ours),
            pair(&self.no_op),
        ]
    }

    fn json(&self, unary_rate: f64) -> serde_json::Value {
        let threads: BTreeMap<&String, f64> = self.ours[0]
            .cpu
            .keys()
            .map(|name| (name, short(self.thread(name))))
            .collect();
        json!({
            "bench": "verdicts",
            "shape": self.shape.name,
            "verdicts_a_second": short(Self::of(&self.ours, |round| round.rate)),
            "no_op_a_second": short(Self::of(&self.no_op, |round| round.rate)),
            "rate_ratio": short(self.ratio(|round| round.rate)),
            "rate_to_unary_256": short(Self::of(&self.ours, |round| round.rate) / unary_rate),
            "cpu_us": short(Self::of(&self.ours, Round::cpu_total)),
            "no_op_cpu_us": short(Self::of(&self.no_op, Round::cpu_total)),
            "cpu_ratio": short(self.ratio(Round::cpu_total)),
            "cpu_us_by_thread": threads,
            "p50_ms": short(Self::of(&self.ours, |round| round.p50)),
            "p99_ms": short(Self::of(&self.ours, |round| round.p99)),
            "entries_a_commit": short(self.group),
            "allowed_per_mille": short(Self::of(&self.ours, |round| round.allowed)),
        })
    }
}

/// Answers every question with the same verdict, at once.
struct NoOp {
    answer: v1::CheckDiscountResponse,
}

fn no_op(template: &Path) -> Result<(), Failure> {
    let answer = v1::CheckDiscountResponse::decode(&*std::fs::read(template)?)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        eprintln!("serving grpc={}", listener.local_addr()?);
        let incoming = TcpListenerStream::new(listener).map(|stream| {
            let stream = stream?;
            stream.set_nodelay(true)?;
            Ok::<_, std::io::Error>(stream)
        });
        let service = VerdictServiceServer::new(NoOp { answer });
        let server = tonic::transport::Server::builder().add_service(service);
        Ok(server.serve_with_incoming(incoming).await?)
    })
}

#[tonic::async_trait]
impl VerdictService for NoOp {
    async fn check_discount(
        &self,
        _request: Request<v1::CheckDiscountRequest>,
    ) -> Result<Response<v1::CheckDiscountResponse>, Status> {
        Ok(Response::new(self.answer.clone()))
    }

    async fn batch_check_discounts(
        &self,
        request: Request<v1::BatchCheckDiscountsRequest>,
    ) -> Result<Response<v1::BatchCheckDiscountsResponse>, Status> {
        let answer = |_| v1::CheckDiscountResult {
            result: self
                .answer
                .verdict
                .clone()
                .map(v1::check_discount_result::Result::Verdict),
        };
        let results = request.get_ref().requests.iter().map(answer).collect();
        Ok(Response::new(v1::BatchCheckDiscountsResponse { results }))
    }

    async fn get_verdict(
        &self,
        _request: Request<v1::GetVerdictRequest>,
    ) -> Result<Response<v1::GetVerdictResponse>, Status> {
        Err(Status::unimplemented("no-op"))
    }

    async fn list_adjustments(
        &self,
        _request: Request<v1::ListAdjustmentsRequest>,
    ) -> Result<Response<v1::ListAdjustmentsResponse>, Status> {
        Err(Status::unimplemented("no-op"))
    }

    type WatchAdjustmentsStream =
        tokio_stream::Pending<Result<v1::WatchAdjustmentsResponse, Status>>;

    async fn watch_adjustments(
        &self,
        _request: Request<v1::WatchAdjustmentsRequest>,
    ) -> Result<Response<Self::WatchAdjustmentsStream>, Status> {
        Err(Status::unimplemented("no-op"))
    }

    async fn acknowledge_adjustment(
        &self,
        _request: Request<v1::AcknowledgeAdjustmentRequest>,
    ) -> Result<Response<v1::AcknowledgeAdjustmentResponse>, Status> {
        Err(Status::unimplemented("no-op"))
    }

    async fn void_grant(
        &self,
        _request: Request<v1::VoidGrantRequest>,
    ) -> Result<Response<v1::VoidGrantResponse>, Status> {
        Err(Status::unimplemented("no-op"))
    }
}
