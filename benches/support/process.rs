//! What processes cost: CPU by thread, memory.

use std::{collections::BTreeMap, fs, time::Duration};

use rustix::time::{ClockId, clock_gettime};

use super::Failure;

/// CPU time of the calling thread.
pub fn thread_cpu() -> Duration {
    spent(ClockId::ThreadCPUTime)
}

/// CPU time of this process, threads that ended included.
pub fn process_cpu() -> Duration {
    spent(ClockId::ProcessCPUTime)
}

fn spent(clock: ClockId) -> Duration {
    let now = clock_gettime(clock);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// CPU nanoseconds of a process so far, by the name of the thread.
pub fn cpu_by_thread(process: u32) -> Result<BTreeMap<String, u64>, Failure> {
    schedule(process, 0)
}

/// Nanoseconds that a process' threads were ready to run and had no core, together.
pub fn waited_for_cores(process: u32) -> Result<u64, Failure> {
    Ok(schedule(process, 1)?.values().sum())
}

fn schedule(process: u32, field: usize) -> Result<BTreeMap<String, u64>, Failure> {
    let mut threads = BTreeMap::new();
    for task in fs::read_dir(format!("/proc/{process}/task"))? {
        let task = task?.path();
        // A thread may end while it is looked at.
        let (Ok(name), Ok(schedule)) = (
            fs::read_to_string(task.join("comm")),
            fs::read_to_string(task.join("schedstat")),
        ) else {
            continue;
        };
        let value: u64 = schedule
            .split_whitespace()
            .nth(field)
            .unwrap_or("0")
            .parse()?;
        *threads.entry(name.trim().to_string()).or_default() += value;
    }
    Ok(threads)
}

/// Resident bytes of this process, now and at most.
pub fn resident() -> Result<(u64, u64), Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let field = |name: &str| -> Result<u64, Failure> {
        let line = status.lines().find(|line| line.starts_with(name));
        let kibibytes = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kibibytes.ok_or("no such line in status")?.parse::<u64>()? * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// The arguments meant for the bench itself: cargo adds `--bench`.
pub fn arguments() -> Vec<String> {
    std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect()
}
