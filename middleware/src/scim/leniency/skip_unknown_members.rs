//! PAT-127: members that do not exist are skipped, and audited, where RFC 7643, 4.2 would have the request refused.
//!
//! Evidence: fleet#52600: Okta pushes a group with one person whom the app does not know, does not repeat a 400, and so loses
//! the membership of all others.

/// The ids of a request that are somebody's, as what they are, and those that are nobody's.
pub(crate) fn split<'i, T: Clone>(ids: &'i [String], known: &[Option<T>]) -> (Vec<T>, Vec<&'i str>) {
    let unknown = ids.iter().zip(known).filter(|(_, known)| known.is_none()).map(|(id, _)| id.as_str());
    (known.iter().flatten().cloned().collect(), unknown.collect())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn pat_127_the_known_stay_and_the_unknown_are_named() {
        let ids = ["a", "ghost", "b"].map(str::to_owned);
        assert_eq!(split(&ids, &[Some(1), None, Some(2)]), (vec![1, 2], vec!["ghost"]));
        assert_eq!(split::<u8>(&[], &[]), (vec![], vec![]));
    }
}
