//! What a run leaves behind it is cleared away: sessions and retained messages.
//!
//! The broker is anybody's and may keep both for ever. What is done here is not judged, stands on
//! no wire of the run, and has an end whatever the broker does.

use etalon::packet::{Kind, Packet};

use super::fits;
use super::inbox::Inbox;
use super::play::{PATIENCE, Runner};
use super::write;
use crate::target::{Link, Target};
use crate::trace::Change;

/// A DISCONNECT, so that no Will is published.
const DISCONNECT: [u8; 2] = [0xE0, 0x00];
/// A PINGREQ; its answer says that what was sent before has been read.
const PINGREQ: [u8; 2] = [0xC0, 0x00];

impl<T: Target> Runner<'_, T> {
    /// Ends every session and clears every retained message that may be left.
    pub(super) fn clear_up(&mut self) {
        for link in std::mem::take(&mut self.peers).into_values() {
            self.links[link].forget();
            self.target.send(link, &DISCONNECT);
            self.target.end(link, Change::Cut);
        }
        self.begin_anew();
        let sessions = std::mem::take(&mut self.sessions);
        let mut open: Vec<Link> = sessions.iter().filter_map(|id| self.visit(id, &[])).collect();
        let mut cleared = std::mem::take(&mut self.retained);
        cleared.sort_unstable();
        cleared.dedup();
        if !cleared.is_empty() {
            let empty: Vec<u8> =
                cleared.iter().flat_map(|topic| write::no_longer_retained(topic)).collect();
            let sweep = self.names.client("sweep");
            open.extend(self.visit(&sweep, &empty));
        }
        let until = self.target.now() + PATIENCE;
        while open.iter().any(|link| !self.is_done(*link)) && self.look(until) {}
        for link in open {
            self.target.send(link, &DISCONNECT);
            self.target.end(link, Change::Cut);
        }
    }

    /// Joins with a clean session and sends these bytes.
    fn visit(&mut self, client_id: &str, bytes: &[u8]) -> Option<Link> {
        let mut all = write::clean_connect(client_id, self.credentials.as_ref())?;
        all.extend_from_slice(bytes);
        all.extend(PINGREQ);
        let link = self.target.open().ok()?;
        self.links.push(Inbox::new("(clearing up)"));
        self.target.send(link, &all);
        Some(link)
    }

    fn is_done(&self, link: Link) -> bool {
        let inbox = &self.links[link];
        let answered = |bytes: &Vec<u8>| {
            fits::decoded(bytes).as_ref().map(Packet::kind) == Some(Kind::Pingresp)
        };
        inbox.closed || inbox.broken.is_some() || inbox.packets.iter().any(answered)
    }
}
