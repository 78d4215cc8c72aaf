//! Work that takes a while, beside the threads that answer everybody else.

use crate::http::codes;
use crate::http::problem::Problem;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// Histories that are looked through at a time, how long somebody waits for that, and when to come
/// back.
const AT_ONCE_MAX: usize = 4;
const PATIENCE: Duration = Duration::from_secs(10);
const BUSY_SECONDS: u32 = 5;

/// Does what may take a while beside the threads that answer everybody else: so much at a time, and
/// whoever would wait too long for it is told to come back.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    static AT_ONCE: Semaphore = Semaphore::const_new(AT_ONCE_MAX);
    let busy = || Problem::busy(BUSY_SECONDS);
    let permit = timeout(PATIENCE, AT_ONCE.acquire()).await.map_err(|_| busy())?;
    let permit = permit.map_err(|_| busy())?;
    let done = spawn_blocking(move || {
        // The work goes on when its caller has gone, and keeps its permit until it is done.
        let _permit = permit;
        work()
    });
    done.await.map_err(|_| Problem::of(&codes::INTERNAL_ERROR))?
}
