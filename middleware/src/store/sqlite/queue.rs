//! Calls that wait for a thread: bounded in number, and in how long they wait.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many calls wait at most.
const MOST: usize = 4_096;

/// A queue that threads take from.
pub(super) struct Queue<J> {
    state: Mutex<State<J>>,
    wake: Condvar,
}

struct State<J> {
    waiting: VecDeque<(Instant, J)>,
    is_open: bool,
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), is_open: true }), wake: Condvar::new() }
    }
}

impl<J> Queue<J> {
    fn state(&self) -> MutexGuard<'_, State<J>> {
        // Nothing under the lock panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a call at the end; gives it back if there are too many.
    pub(super) fn push(&self, job: J) -> Result<(), J> {
        let mut state = self.state();
        if state.waiting.len() >= MOST || !state.is_open {
            return Err(job);
        }
        state.waiting.push_back((Instant::now(), job));
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// The next call, as soon as there is one; `None` after the end.
    pub(super) fn take(&self) -> Option<J> {
        let mut state = self.state();
        loop {
            if let Some((_, job)) = state.waiting.pop_front() {
                return Some(job);
            }
            if !state.is_open {
                return None;
            }
            state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The next call, if there is one.
    pub(super) fn try_take(&self) -> Option<J> {
        self.state().waiting.pop_front().map(|(_, job)| job)
    }

    /// Takes out the calls that have waited for longer than that.
    pub(super) fn overdue(&self, patience: Duration) -> Vec<J> {
        let mut state = self.state();
        let is_overdue = |(since, _): &(Instant, J)| since.elapsed() > patience;
        let count = state.waiting.iter().take_while(|waiting| is_overdue(waiting)).count();
        state.waiting.drain(..count).map(|(_, job)| job).collect()
    }

    /// Takes no more calls; those that wait are still done.
    pub(super) fn close(&self) {
        self.state().is_open = false;
        self.wake.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_queue_gives_the_call_back_and_a_closed_one_is_emptied() {
        let queue = Queue::default();
        for job in 0..MOST {
            assert_eq!(queue.push(job), Ok(()));
        }
        assert_eq!(queue.push(7), Err(7));
        assert_eq!(queue.take(), Some(0));
        assert_eq!(queue.push(8), Ok(()));
        assert_eq!(queue.overdue(Duration::from_secs(3600)), Vec::<usize>::new());
        assert_eq!(queue.overdue(Duration::ZERO).len(), MOST);
        assert_eq!(queue.push(9), Ok(()));
        queue.close();
        assert_eq!(queue.push(10), Err(10));
        assert_eq!((queue.take(), queue.take()), (Some(9), None));
    }
}
