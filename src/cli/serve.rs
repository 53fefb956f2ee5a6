//! `sameuser serve`.

use std::process::ExitCode;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::{
    arguments::ServeArguments,
    failure::Failure,
    model_file,
    settings::{LogFormat, Settings},
    shipped,
};
use crate::{
    edge::server,
    service::{clock::Clock, measure, recovery, runner},
};

/// Buckets of histograms in seconds: 50 µs to 10 s.
const SECONDS_BUCKETS: [f64; 16] = [
    0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0,
    2.0, 10.0,
];
/// Buckets of histograms that count entries.
const COUNT_BUCKETS: [f64; 12] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0,
];

/// Buckets of an event's age: from the next read to a day of catching up.
const AGE_BUCKETS: [f64; 14] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 60.0, 3600.0, 86_400.0,
];
/// Histograms are emptied into their buckets so often, whether or not anybody asks for them.
const UPKEEP_EVERY: std::time::Duration = std::time::Duration::from_secs(5);

pub(super) async fn serve(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    let settings = Settings::gather(arguments)?;
    start_log(settings.log_format);
    end_on_panic();
    let metrics = start_metrics()?;
    tokio::spawn(keep_up(metrics.clone()));
    let pseudonymiser = shipped::pseudonymiser(
        &settings.data,
        settings.pseudonym_key.as_deref(),
        shipped::reference_data(settings.reference_data.as_deref())?,
    )?;
    let listeners = server::bind(settings.listen, settings.http)
        .await
        .map_err(|error| {
            Failure::Failed(format!(
                "listen on {} and {}: {error}",
                settings.listen, settings.http
            ))
        })?;
    let mut setup = shipped::setup(Clock::Wall, &pseudonymiser);
    setup.expected_accounts = settings.expected_accounts;
    if let Some(path) = &settings.abuse_model {
        setup.model_json = model_file::read(path)?;
    }
    let began = std::time::Instant::now();
    let (engine, journal) = recovery::open(&settings.data, &setup)?;
    tracing::info!(
        data = %settings.data.display(),
        accounts = engine.graph().account_count(),
        seconds = began.elapsed().as_secs_f64(),
        "the store is open"
    );
    let (node, runner) = runner::start(engine, journal, settings.checkpoint_every_events)?;
    if let Some(path) = settings.abuse_model {
        tokio::spawn(model_file::follow(node.clone(), path, setup.model_json));
    }
    // Bound ports are told, since :0 asks for any.
    tracing::info!(
        grpc = %listeners.grpc.local_addr()?,
        http = %listeners.http.local_addr()?,
        "serving"
    );
    server::run(
        listeners,
        (settings.tls, settings.http_tls),
        (node, runner),
        pseudonymiser,
        settings.source,
        metrics,
        asked_to_stop(),
    )
    .await
    .map_err(|error| Failure::Failed(error.to_string()))?;
    Ok(ExitCode::SUCCESS)
}

async fn asked_to_stop() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            tracing::warn!(%error, "SIGTERM can't be heard; only Ctrl-C stops the server");
            let _heard = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A panic may leave the state half changed: the process ends at once, and its successor reopens
/// the store.
fn end_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}

fn start_log(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}

async fn keep_up(metrics: PrometheusHandle) {
    loop {
        tokio::time::sleep(UPKEEP_EVERY).await;
        metrics.run_upkeep();
    }
}

fn start_metrics() -> Result<PrometheusHandle, Failure> {
    let fault = |error| Failure::Failed(format!("metrics: {error}"));
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("seconds".into()), &SECONDS_BUCKETS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("entries".into()), &COUNT_BUCKETS)
        })
        .and_then(|builder| {
            let age = Matcher::Full(measure::STREAM_EVENT_AGE_SECONDS.into());
            builder.set_buckets_for_metric(age, &AGE_BUCKETS)
        })
        .map_err(fault)?
        .install_recorder()
        .map_err(fault)?;
    measure::describe();
    Ok(handle)
}
