//! §3.8.4: the subscribers of one filter.
//!
//! One of them costs no allocation; many are kept in their order, and are found, added and removed
//! in logarithmic time. Where the filter is kept, and what is granted, is left to the shard.

use std::collections::BTreeMap;

use super::{Subscriber, Worker};

/// Who holds a filter, and what was granted to each. Never empty: whoever keeps one removes it
/// with its last subscriber.
///
/// Most filters have one subscriber, and for a million of those every byte counts; so that one lies
/// unfolded here, without the padding of a [`Subscriber`].
#[derive(Debug)]
#[expect(clippy::box_collection, reason = "the map would make the entries of the many larger")]
pub(super) enum Subscribers<G> {
    One { session: u64, worker: u16, grant: G },
    Many(Box<BTreeMap<Subscriber, G>>),
}

/// With the filter's 16 bytes, what a subscription costs in the map of filters.
const _: () = assert!(size_of::<Subscribers<crate::packet::Qos>>() == 16);

/// Who is left once a subscriber was removed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// It was not there.
    Unchanged,
    /// It was there, and so are others.
    Others,
    /// It was the only one. The list has to be removed.
    Nobody,
}

impl<G: Copy> Subscribers<G> {
    pub(super) fn one(who: Subscriber, grant: G) -> Self {
        Self::One { session: who.session, worker: who.worker.0, grant }
    }

    pub(super) fn get_mut(&mut self, who: Subscriber) -> Option<&mut G> {
        match self {
            Self::One { session, worker, grant } => {
                (unfolded(*worker, *session) == who).then_some(grant)
            }
            Self::Many(list) => list.get_mut(&who),
        }
    }

    /// Adds a subscriber that is not there yet.
    pub(super) fn add(&mut self, who: Subscriber, grant: G) {
        match self {
            Self::One { session, worker, grant: first } => {
                let first = (unfolded(*worker, *session), *first);
                *self = Self::Many(Box::new(BTreeMap::from([first, (who, grant)])));
            }
            Self::Many(list) => {
                list.insert(who, grant);
            }
        }
    }

    pub(super) fn remove(&mut self, who: Subscriber) -> Left {
        match self {
            Self::One { session, worker, .. } => {
                if unfolded(*worker, *session) == who {
                    Left::Nobody
                } else {
                    Left::Unchanged
                }
            }
            Self::Many(list) => {
                if list.remove(&who).is_none() {
                    return Left::Unchanged;
                }
                if list.len() == 1
                    && let Some((last, grant)) = list.pop_first()
                {
                    *self = Self::one(last, grant);
                }
                Left::Others
            }
        }
    }

    /// In the order of the subscribers.
    pub(super) fn for_each(&self, mut visit: impl FnMut(Subscriber, G)) {
        match self {
            Self::One { session, worker, grant } => visit(unfolded(*worker, *session), *grant),
            Self::Many(list) => list.iter().for_each(|(who, grant)| visit(*who, *grant)),
        }
    }
}

const fn unfolded(worker: u16, session: u64) -> Subscriber {
    Subscriber { worker: Worker(worker), session }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(worker: u16, session: u64) -> Subscriber {
        Subscriber { worker: Worker(worker), session }
    }

    fn seen(list: &Subscribers<u8>) -> Vec<(Subscriber, u8)> {
        let mut seen = Vec::new();
        list.for_each(|who, grant| seen.push((who, grant)));
        seen
    }

    #[test]
    fn subscribers_are_visited_in_their_order() {
        let mut list = Subscribers::one(who(1, 5), 0);
        list.add(who(0, 9), 1);
        list.add(who(1, 4), 2);
        assert_eq!(seen(&list), [(who(0, 9), 1), (who(1, 4), 2), (who(1, 5), 0)]);
    }

    #[test]
    fn last_of_many_lies_unfolded_again() {
        let mut list = Subscribers::one(who(0, 1), 1);
        list.add(who(0, 2), 2);
        assert_eq!(list.remove(who(0, 3)), Left::Unchanged);
        assert_eq!(list.remove(who(0, 1)), Left::Others);
        assert!(matches!(list, Subscribers::One { session: 2, worker: 0, grant: 2 }));
        assert_eq!(list.remove(who(0, 1)), Left::Unchanged);
        assert_eq!(list.remove(who(0, 2)), Left::Nobody);
    }

    #[test]
    fn grant_is_found_and_replaced() {
        let mut list = Subscribers::one(who(0, 1), 1);
        assert_eq!(list.get_mut(who(1, 1)), None);
        *list.get_mut(who(0, 1)).unwrap() = 2;
        list.add(who(0, 2), 0);
        *list.get_mut(who(0, 2)).unwrap() = 1;
        assert_eq!(seen(&list), [(who(0, 1), 2), (who(0, 2), 1)]);
    }
}
