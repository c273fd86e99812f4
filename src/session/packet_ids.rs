//! §2.3.1 Packet Identifiers: which are in use, and which comes next.
//!
//! Guarantees that an identifier is never handed out twice while it is in use, and that identifiers
//! go round the whole range before one is used again. What ends the use of an identifier is decided
//! by the sending machine.

use crate::packet::PacketId;

/// A set of Packet Identifiers that costs nothing while empty and 16 bytes for each run of up to
/// 64 neighbours, at most 16 KiB in all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct IdSet {
    /// Sorted by block; a block holds the identifiers `64 * block ..= 64 * block + 63`.
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Block {
    number: u16,
    members: u64,
}

const fn place(id: PacketId) -> (u16, u64) {
    (id.get() / 64, 1 << (id.get() % 64))
}

impl IdSet {
    /// Whether `id` is a member.
    pub fn contains(&self, id: PacketId) -> bool {
        let (number, bit) = place(id);
        self.find(number).is_ok_and(|at| self.blocks[at].members & bit != 0)
    }

    /// Adds `id`; false if it was a member already.
    pub fn insert(&mut self, id: PacketId) -> bool {
        let (number, bit) = place(id);
        match self.find(number) {
            Ok(at) => {
                let fresh = self.blocks[at].members & bit == 0;
                self.blocks[at].members |= bit;
                fresh
            }
            Err(at) => {
                self.blocks.insert(at, Block { number, members: bit });
                true
            }
        }
    }

    /// Takes `id` out; false if it was no member.
    pub fn remove(&mut self, id: PacketId) -> bool {
        let (number, bit) = place(id);
        let Ok(at) = self.find(number) else { return false };
        let was = self.blocks[at].members & bit != 0;
        self.blocks[at].members &= !bit;
        if self.blocks[at].members == 0 {
            self.blocks.remove(at);
            if self.blocks.is_empty() {
                self.blocks = Vec::new();
            }
        }
        was
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.members.count_ones() as usize).sum()
    }

    fn find(&self, number: u16) -> Result<usize, usize> {
        self.blocks.binary_search_by_key(&number, |block| block.number)
    }

    /// The lowest number at or above `from` that is no member.
    fn free_at_or_above(&self, from: u16) -> Option<PacketId> {
        let mut number = from / 64;
        let mut wanted = u64::MAX << (from % 64);
        loop {
            let taken = self.find(number).map_or(0, |at| self.blocks[at].members);
            // Identifier 0 does not exist (MQTT-2.3.1-1), so its place is never free.
            let never = u64::from(number == 0);
            let free = wanted & !taken & !never;
            if free != 0 {
                return PacketId::new(number * 64 + free.trailing_zeros() as u16);
            }
            number = number.checked_add(1).filter(|number| *number <= u16::MAX / 64)?;
            wanted = u64::MAX;
        }
    }
}

/// Hands out Packet Identifiers for one direction of one session.
///
/// # Source
/// §2.3.1, [`MQTT-2.3.1-2`](crate::spec::Id::MQTT_2_3_1_2),
/// [`MQTT-2.3.1-4`](crate::spec::Id::MQTT_2_3_1_4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PacketIds {
    last: u16,
    used: IdSet,
}

impl PacketIds {
    /// An identifier that is not in use, and from now on is. `None` while all 65,535 are.
    pub fn take(&mut self) -> Option<PacketId> {
        let after = self.last.checked_add(1).unwrap_or(1);
        let id = self.used.free_at_or_above(after).or_else(|| self.used.free_at_or_above(1))?;
        crate::spec::upholds!(MQTT_2_3_1_1, MQTT_2_3_1_4);
        self.used.insert(id);
        self.last = id.get();
        Some(id)
    }

    /// Ends the use of `id`; false if it was not in use.
    pub fn free(&mut self, id: PacketId) -> bool {
        self.used.remove(id)
    }

    /// As after a long life: `last` was handed out last, and nothing is in use.
    #[cfg(test)]
    pub(super) fn after(last: u16) -> PacketIds {
        PacketIds { last, used: IdSet::default() }
    }

    /// How many are in use.
    pub fn in_use(&self) -> usize {
        self.used.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec;

    fn id(number: u16) -> PacketId {
        PacketId::new(number).unwrap()
    }

    /// Situations as sets of identifiers in use with the one handed out last.
    fn situations() -> Vec<(&'static str, PacketIds)> {
        let used = |last, numbers: &mut dyn Iterator<Item = u16>| {
            let mut ids = PacketIds { last, used: IdSet::default() };
            numbers.for_each(|number| assert!(ids.used.insert(id(number))));
            ids
        };
        vec![
            ("nothing in use", used(0, &mut std::iter::empty())),
            ("1 in use", used(1, &mut [1].into_iter())),
            ("1 and 7 in use, 7 last", used(7, &mut [1, 7].into_iter())),
            ("nothing in use, 65535 last", used(65_535, &mut std::iter::empty())),
            ("1 and 2 in use, 65535 last", used(65_535, &mut [1, 2].into_iter())),
            ("all but 7 in use, 6 last", used(6, &mut (1..=65_535).filter(|n| *n != 7))),
            ("all but 7 in use, 7 last", used(7, &mut (1..=65_535).filter(|n| *n != 7))),
            ("all in use", used(65_535, &mut (1..=65_535))),
        ]
    }

    #[test]
    fn every_situation_meets_every_event() {
        spec::covers!(MQTT_2_3_1_1, MQTT_2_3_1_4);
        let mut table = String::new();
        for (name, ids) in situations() {
            let after = |what: &str, outcome: String, ids: &PacketIds| {
                format!("    {what:8} -> {outcome:8} {} in use\n", ids.in_use())
            };
            table += &format!("{name}\n");
            let mut taken = ids.clone();
            let outcome = taken.take().map_or("none".into(), |id| id.get().to_string());
            table += &after("take", outcome, &taken);
            for number in [1, 7] {
                let mut freed = ids.clone();
                let outcome = if freed.free(id(number)) { "freed" } else { "was free" };
                table += &after(&format!("free {number}"), outcome.into(), &freed);
            }
        }
        insta::assert_snapshot!(table);
    }

    #[test]
    fn identifiers_count_up_and_wrap_past_zero() {
        spec::covers!(MQTT_2_3_1_1);
        let mut ids = PacketIds { last: 65_533, used: IdSet::default() };
        assert_eq!(ids.take(), Some(id(65_534)));
        assert_eq!(ids.take(), Some(id(65_535)));
        assert_eq!(ids.take(), Some(id(1)));
    }

    #[test]
    fn an_identifier_in_use_is_skipped() {
        spec::covers!(MQTT_2_3_1_4);
        let mut ids = PacketIds::default();
        let first = ids.take().unwrap();
        for _ in 0..65_534 {
            let other = ids.take().unwrap();
            assert_ne!(other, first);
        }
        assert_eq!(ids.take(), None);
        assert_eq!(ids.in_use(), 65_535);
        assert!(ids.free(id(4_711)));
        assert!(!ids.free(id(4_711)));
        assert_eq!(ids.take(), Some(id(4_711)));
    }

    #[test]
    fn a_freed_identifier_waits_until_the_others_had_their_turn() {
        let mut ids = PacketIds::default();
        for round in 1..=65_535 {
            let taken = ids.take().unwrap();
            assert_eq!(taken, id(round));
            ids.free(taken);
        }
        assert_eq!(ids.take(), Some(id(1)));
    }

    quickcheck::quickcheck! {
        fn an_id_set_is_a_set(steps: Vec<(bool, u16)>) -> bool {
            let mut ours = IdSet::default();
            let mut theirs = std::collections::BTreeSet::new();
            for (insert, number) in steps {
                let Some(id) = PacketId::new(number % 300) else { continue };
                let same = if insert {
                    ours.insert(id) == theirs.insert(id)
                } else {
                    ours.remove(id) == theirs.remove(&id)
                };
                if !same || ours.contains(id) != theirs.contains(&id) || ours.len() != theirs.len() {
                    return false;
                }
            }
            ours.blocks.is_empty() == theirs.is_empty()
        }
    }
}
