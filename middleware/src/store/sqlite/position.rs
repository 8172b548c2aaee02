//! Where the last page of a list ended, so that the next one does not count its way there.
//!
//! A client that imports asks for one page after the other by `startIndex`. From here the next page goes on behind the
//! last row that was shown, wherever that stands by now: somebody who is removed meanwhile shifts nobody past the client.
//! It is kept in the process alone; a page that is asked of another node is found by counting.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// For how long a client may take for a page.
const KEPT: Duration = Duration::from_secs(10 * 60);
/// How many lists are remembered.
const MOST: usize = 1_024;

/// Whose list it is, and of what: tenant, connection, type, filter.
pub(super) type ListKey = (String, String, String, Option<String>);

#[derive(Default)]
pub(super) struct Positions {
    lists: Mutex<HashMap<ListKey, Position>>,
}

struct Position {
    /// How many were shown.
    shown: usize,
    /// The row of the last of them.
    last: i64,
    at: Instant,
}

impl Positions {
    /// Behind which row a page begins, if the page before it was the last that was shown.
    pub(super) fn before(&self, key: &ListKey, skip: usize) -> Option<i64> {
        let lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let position = lists.get(key).filter(|position| position.shown == skip && position.at.elapsed() < KEPT);
        position.map(|position| position.last)
    }

    /// Remembers where a page ended.
    pub(super) fn ended(&self, key: ListKey, shown: usize, last: i64) {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if lists.len() >= MOST && !lists.contains_key(&key) {
            lists.retain(|_, position| position.at.elapsed() < KEPT);
            if lists.len() >= MOST {
                lists.clear();
            }
        }
        lists.insert(key, Position { shown, last, at: Instant::now() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(number: usize) -> ListKey {
        (number.to_string(), String::new(), String::new(), None)
    }

    #[test]
    fn only_the_page_behind_the_last_one_has_a_place() {
        let positions = Positions::default();
        positions.ended(list(1), 100, 7);
        assert_eq!(positions.before(&list(1), 100), Some(7));
        assert_eq!(positions.before(&list(1), 99), None);
        assert_eq!(positions.before(&list(2), 100), None);
        positions.ended(list(1), 200, 9);
        assert_eq!(positions.before(&list(1), 100), None);
        for number in 0..3 * MOST {
            positions.ended(list(number), 1, 1);
        }
        assert!(positions.lists.lock().unwrap().len() <= MOST);
    }
}
