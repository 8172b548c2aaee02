//! The order in which things were made, with any place found without counting up to it.

/// How many are in a chunk at most: small enough to move, large enough that there are few chunks.
const CHUNK: usize = 512;

/// Ids in the order of their making.
pub(super) struct Order<T> {
    chunks: Vec<Vec<(u64, T)>>,
    len: usize,
    next: u64,
}

impl<T> Default for Order<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0, next: 0 }
    }
}

impl<T> Order<T> {
    /// Puts one at the end, and tells by what it is taken out again.
    pub(super) fn push(&mut self, id: T) -> u64 {
        let ticket = self.next;
        self.next = self.next.saturating_add(1);
        match self.chunks.last_mut() {
            Some(last) if last.len() < CHUNK => last.push((ticket, id)),
            _ => self.chunks.push(vec![(ticket, id)]),
        }
        self.len = self.len.saturating_add(1);
        ticket
    }

    pub(super) fn remove(&mut self, ticket: u64) {
        let behind = self.chunks.partition_point(|chunk| chunk.first().is_some_and(|(first, _)| *first <= ticket));
        let Some(at) = behind.checked_sub(1) else { return };
        let Some(chunk) = self.chunks.get_mut(at) else { return };
        if let Ok(place) = chunk.binary_search_by_key(&ticket, |(ticket, _)| *ticket) {
            chunk.remove(place);
            self.len = self.len.saturating_sub(1);
        }
        if chunk.is_empty() {
            self.chunks.remove(at);
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// All from a place on.
    pub(super) fn from(&self, place: usize) -> impl Iterator<Item = &T> {
        let (mut rest, mut first) = (place, self.chunks.len());
        for (at, chunk) in self.chunks.iter().enumerate() {
            if rest < chunk.len() {
                first = at;
                break;
            }
            rest = rest.saturating_sub(chunk.len());
        }
        self.chunks.iter().skip(first).flatten().skip(rest).map(|(_, id)| id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_list_without_the_removed(removals in prop::collection::vec(0_u64..2_000, 0..600), place in 0_usize..2_500) {
            let mut order = Order::default();
            let mut list = Vec::new();
            for id in 0_u64..2_000 {
                assert_eq!(order.push(id), id);
                list.push(id);
            }
            for id in removals {
                order.remove(id);
                list.retain(|known| *known != id);
            }
            prop_assert_eq!(order.len(), list.len());
            let rest: Vec<u64> = order.from(place).copied().collect();
            prop_assert_eq!(rest.as_slice(), list.get(place..).unwrap_or_default());
        }
    }
}
