//! A closed-loop client on one current-thread runtime: so many calls in flight over so many
//! connections, each followed by the next.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    time::{Duration, Instant},
};

use sameuser::edge::proto::v1::{self, verdict_service_client::VerdictServiceClient};
use tonic::transport::{Channel, Endpoint};

use super::{Failure, draw::mix, process, question::question, report, server::Server};

const WARM_UP: Duration = Duration::from_millis(300);
const MEASURED: Duration = Duration::from_millis(1100);

/// How a client asks.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Its name in tables.
    pub name: &'static str,
    /// Connections.
    pub connections: usize,
    /// Calls in flight, over all connections.
    pub in_flight: usize,
    /// Questions a call; 1 = `CheckDiscount`.
    pub batch: u64,
}

/// What one round saw.
pub struct Round {
    /// Verdicts a second.
    pub rate: f64,
    /// Median and 99th percentile of a call's time, milliseconds.
    pub p50: f64,
    pub p99: f64,
    /// Microseconds of the server's CPU a verdict, by thread.
    pub cpu: BTreeMap<String, f64>,
    /// ALLOW answers, of a thousand.
    pub allowed: f64,
}

impl Round {
    /// Microseconds of the server's CPU a verdict, all threads.
    pub fn cpu_total(&self) -> f64 {
        self.cpu.values().sum()
    }
}

/// What the tasks of one round share.
struct Tally {
    askers: Rc<[String]>,
    run: u64,
    batch: u64,
    next: Cell<u64>,
    stop: Cell<bool>,
    measuring: Cell<bool>,
    verdicts: Cell<u64>,
    allowed: Cell<u64>,
    latencies: RefCell<Vec<u64>>,
}

impl Tally {
    fn question(&self) -> v1::CheckDiscountRequest {
        let number = self.next.replace(self.next.get() + 1);
        let asker = mix(number, self.run) % self.askers.len() as u64;
        question(&self.askers[asker as usize], self.run, number)
    }

    fn count(&self, verdict: Option<&v1::Verdict>) -> Result<(), Failure> {
        let verdict = verdict.ok_or("a question was answered with nothing")?;
        if self.measuring.get() {
            self.verdicts.set(self.verdicts.get() + 1);
            let allowed = verdict.decision == i32::from(v1::Decision::Allow);
            self.allowed.set(self.allowed.get() + u64::from(allowed));
        }
        Ok(())
    }
}

/// Connects to a server.
pub async fn connect(server: &Server) -> Result<Channel, Failure> {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.grpc))?;
    Ok(endpoint.tcp_nodelay(true).connect().await?)
}

/// Runs one round. `run` makes its tasks new ones.
pub fn round(
    server: &Server,
    shape: Shape,
    askers: &Rc<[String]>,
    run: u64,
) -> Result<Round, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, drive(server, shape, askers.clone(), run))
}

async fn drive(
    server: &Server,
    shape: Shape,
    askers: Rc<[String]>,
    run: u64,
) -> Result<Round, Failure> {
    let tally = Rc::new(Tally {
        askers,
        run,
        batch: shape.batch,
        next: Cell::new(0),
        stop: Cell::new(false),
        measuring: Cell::new(false),
        verdicts: Cell::new(0),
        allowed: Cell::new(0),
        latencies: RefCell::new(Vec::with_capacity(1 << 18)),
    });
    let mut callers = Vec::new();
    for connection in 0..shape.connections {
        let channel = connect(server).await?;
        let share = shape.in_flight / shape.connections
            + usize::from(connection < shape.in_flight % shape.connections);
        for _ in 0..share {
            let client = VerdictServiceClient::new(channel.clone());
            callers.push(tokio::task::spawn_local(ask(client, tally.clone())));
        }
    }
    tokio::time::sleep(WARM_UP).await;
    let before = process::cpu_by_thread(server.process())?;
    let began = Instant::now();
    tally.measuring.set(true);
    tokio::time::sleep(MEASURED).await;
    tally.measuring.set(false);
    let seconds = began.elapsed().as_secs_f64();
    let after = process::cpu_by_thread(server.process())?;
    tally.stop.set(true);
    for caller in callers {
        caller.await??;
    }
    let verdicts = tally.verdicts.get() as f64;
    let mut latencies = tally.latencies.take();
    latencies.sort_unstable();
    let milliseconds = |thousandths| report::quantile(&latencies, thousandths) as f64 / 1e6;
    let cpu = after.into_iter().map(|(thread, spent)| {
        let spent = spent - before.get(&thread).copied().unwrap_or(0);
        (thread, spent as f64 / 1000.0 / verdicts)
    });
    Ok(Round {
        rate: verdicts / seconds,
        p50: milliseconds(500),
        p99: milliseconds(990),
        cpu: cpu.collect(),
        allowed: tally.allowed.get() as f64 * 1000.0 / verdicts,
    })
}

async fn ask(mut client: VerdictServiceClient<Channel>, tally: Rc<Tally>) -> Result<(), String> {
    while !tally.stop.get() {
        let asked = Instant::now();
        one_call(&mut client, &tally)
            .await
            .map_err(|error| error.to_string())?;
        if tally.measuring.get() {
            let nanoseconds = asked.elapsed().as_nanos() as u64;
            tally.latencies.borrow_mut().push(nanoseconds);
        }
    }
    Ok(())
}

async fn one_call(
    client: &mut VerdictServiceClient<Channel>,
    tally: &Tally,
) -> Result<(), Failure> {
    if tally.batch == 1 {
        let response = client.check_discount(tally.question()).await?;
        return tally.count(response.get_ref().verdict.as_ref());
    }
    let request = v1::BatchCheckDiscountsRequest {
        requests: (0..tally.batch).map(|_| tally.question()).collect(),
    };
    let response = client.batch_check_discounts(request).await?;
    for result in &response.get_ref().results {
        match &result.result {
            Some(v1::check_discount_result::Result::Verdict(verdict)) => {
                tally.count(Some(verdict))?;
            }
            other => return Err(format!("answered {other:?}").into()),
        }
    }
    Ok(())
}
