//! Processor time: what other processes do meanwhile does not count.

use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// What some iterations took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Took {
    /// Processor time of all threads together.
    pub cpu: Duration,
    /// From the first thread's start to the last one's end.
    pub wall: Duration,
}

/// The processor time of this thread so far.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(now.tv_sec.unsigned_abs(), nanoseconds)
}

/// Runs `iterations` on each of `threads` at once.
pub fn measure(threads: usize, iterations: u64, run: &(dyn Fn(u64) + Sync)) -> Took {
    let barrier = Arc::new(Barrier::new(threads));
    let each = || {
        barrier.wait();
        let (wall, started) = (Instant::now(), cpu());
        run(iterations);
        (cpu().saturating_sub(started), wall, Instant::now())
    };
    let runs: Vec<_> = if threads == 1 {
        vec![each()]
    } else {
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(each)).collect();
            threads
                .into_iter()
                .filter_map(|thread| thread.join().ok())
                .collect()
        })
    };
    let begin = runs.iter().map(|(_, begin, _)| *begin).min();
    let end = runs.iter().map(|(.., end)| *end).max();
    Took {
        cpu: runs.iter().map(|(cpu, ..)| *cpu).sum(),
        wall: end
            .zip(begin)
            .map(|(end, begin)| end - begin)
            .unwrap_or_default(),
    }
}
