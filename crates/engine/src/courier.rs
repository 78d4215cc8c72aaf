//! The courier: carries letters from the books of one cell to the queue of another.
//!
//! It keeps nothing that a crash could lose. What is owed stands in the sender's books, what has
//! arrived in the receiver's, and the receiver takes each number once: so a letter that is carried
//! twice does nothing, and one that was not carried is still owed.

use crate::{Engine, EngineError, Refused};
use ledger::command::{Command, Receive, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

/// Letters that are carried at a time.
const ARMFUL: usize = 256;
/// How long the courier sleeps when nobody rings, so that a letter that found a full queue is
/// carried later.
const NAP: Duration = Duration::from_millis(50);

/// Rung whenever a cell may have written letters.
#[derive(Clone, Default)]
pub(crate) struct Bell {
    rung: Arc<(Mutex<Ringing>, Condvar)>,
}

#[derive(Default)]
struct Ringing {
    letters: bool,
    stop: bool,
}

impl Bell {
    pub(crate) fn ring(&self) {
        let mut state = self.rung.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.letters {
            state.letters = true;
            self.rung.1.notify_one();
        }
    }

    fn stop(&self) {
        self.rung.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.rung.1.notify_one();
    }

    /// Waits for a ring or a nap; `false` when it is time to stop.
    fn wait(&self) -> bool {
        let mut state = self.rung.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.letters && !state.stop {
            let waited = self.rung.1.wait_timeout(state, NAP);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.letters = false;
        !state.stop
    }
}

/// See the module.
pub(crate) struct Courier {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

/// One direction between two cells.
struct Route {
    from: CellId,
    to: CellId,
    /// The number of the last letter that was handed to the receiver's queue.
    carried: u64,
}

impl Courier {
    pub(crate) fn start(engine: &Engine, bell: Bell) -> Result<Courier, EngineError> {
        let mut routes = Vec::new();
        for from in engine.all_cells() {
            for to in engine.all_cells().filter(|it| *it != from) {
                let (channel, _) = engine.read(to, |view| view.channel(from))?;
                routes.push(Route { from, to, carried: channel.received });
            }
        }
        if routes.is_empty() {
            return Ok(Courier { bell, thread: None });
        }
        let (engine, ear) = (engine.clone(), bell.clone());
        let thread = Builder::new().name("courier".to_owned()).spawn(move || {
            while ear.wait() {
                for route in &mut routes {
                    // What cannot be read now is still owed, and is tried again after a nap.
                    let _ = carry(&engine, route);
                }
            }
        });
        Ok(Courier { bell, thread: Some(thread.map_err(io::Error::other)?) })
    }

    pub(crate) fn stop(self) {
        self.bell.stop();
        if let Some(thread) = self.thread {
            let _ = thread.join();
        }
    }
}

fn carry(engine: &Engine, route: &mut Route) -> Result<(), EngineError> {
    loop {
        let next = route.carried + 1;
        let (letters, _) =
            engine.read(route.from, |view| view.letters_to(route.to, next, ARMFUL))?;
        if letters.is_empty() {
            return Ok(());
        }
        let requests: Vec<Request> = letters
            .iter()
            .map(|letter| Request {
                id: RequestId::UNNAMED,
                actor: Actor::Cell,
                command: Command::Receive(Receive {
                    from: route.from,
                    number: letter.number,
                    message: letter.message,
                }),
            })
            .collect();
        match engine.submit_batch(route.to, &requests, |_| {}) {
            Ok(()) => route.carried += u64::try_from(requests.len()).unwrap_or(0),
            Err(Refused::QueueFull | Refused::Stopping | Refused::NoSuchCell) => return Ok(()),
        }
    }
}
