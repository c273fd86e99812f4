//! §3.1.3.1: Client Identifier to session.
//!
//! Client Identifiers are compared byte for byte (S-34). A session is named by a number that is
//! never given out twice, so whatever still travels to a session that has ended finds nobody.

use std::collections::HashMap;
use std::sync::Arc;

use crate::session::{Kept, Session};
use crate::spec;

/// The sessions of one worker.
#[derive(Debug, Default)]
pub struct Registry {
    slots: Vec<Slot>,
    free: Vec<u32>,
    by_client_id: HashMap<Arc<str>, u64>,
}

#[derive(Debug)]
struct Slot {
    generation: u32,
    session: Option<Session>,
}

const fn split(key: u64) -> (u32, usize) {
    ((key >> 32) as u32, (key & 0xFFFF_FFFF) as usize)
}

impl Registry {
    /// The session of `client_id`, if there is one.
    pub fn find(&self, client_id: &str) -> Option<u64> {
        spec::upholds!(MQTT_3_1_3_2);
        self.by_client_id.get(client_id).copied()
    }

    /// Makes a session. With a `client_id` it can be found again.
    pub fn insert(&mut self, client_id: Option<Arc<str>>, kept: Kept) -> u64 {
        let session = Session::new(client_id.clone(), kept);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { generation: 0, session: None });
            (self.slots.len() - 1) as u32
        });
        let place = &mut self.slots[slot as usize];
        place.session = Some(session);
        let key = u64::from(place.generation) << 32 | u64::from(slot);
        if let Some(client_id) = client_id {
            self.by_client_id.insert(client_id, key);
        }
        key
    }

    /// The session named `key`, unless it has ended.
    pub fn get(&self, key: u64) -> Option<&Session> {
        let (generation, slot) = split(key);
        let place = self.slots.get(slot).filter(|place| place.generation == generation)?;
        place.session.as_ref()
    }

    /// The session named `key`, unless it has ended.
    pub fn get_mut(&mut self, key: u64) -> Option<&mut Session> {
        let (generation, slot) = split(key);
        let place = self.slots.get_mut(slot).filter(|place| place.generation == generation)?;
        place.session.as_mut()
    }

    /// Takes a session out for good.
    pub fn remove(&mut self, key: u64) -> Option<Session> {
        let (generation, slot) = split(key);
        let place = self.slots.get_mut(slot).filter(|place| place.generation == generation)?;
        let session = place.session.take()?;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(slot as u32);
        if let Some(client_id) = &session.client_id {
            self.by_client_id.remove(client_id);
        }
        Some(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_session_is_not_mistaken_for_its_successor() {
        let mut registry = Registry::default();
        let first = registry.insert(Some("a".into()), Kept::AfterConnection);
        assert!(registry.remove(first).is_some());
        let second = registry.insert(Some("a".into()), Kept::AfterConnection);
        assert_ne!(first, second);
        assert!(registry.get(first).is_none());
        assert!(registry.remove(first).is_none());
        assert_eq!(registry.find("a"), Some(second));
    }

    #[test]
    fn client_identifiers_are_compared_byte_for_byte() {
        spec::covers!(MQTT_3_1_3_2);
        let mut registry = Registry::default();
        for client_id in ["a", "A", "a ", "\u{e4}", "a\u{308}", "\u{feff}a"] {
            assert_eq!(registry.find(client_id), None, "{client_id:?}");
            registry.insert(Some(client_id.into()), Kept::AfterConnection);
        }
    }
}
