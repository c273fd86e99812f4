//! What ends a trace before its time, and what is said of it.

use etalon::spec::Id;

use super::SHOWN_MAX;
use super::near;
use super::play::Runner;
use crate::target::{Link, Target};
use crate::trace::{Branch, Expected, Heard, Line};
use crate::verdict::{Cause, Failure, Stop, Verdict};

/// What ends a trace before its time.
pub(super) type Ended = Box<Verdict>;

impl<T: Target> Runner<'_, T> {
    /// Whether all that has come are packets that a Server may send.
    pub(super) fn sound(&self, link: Link, line: Line) -> Result<(), Ended> {
        let Some((violation, bytes)) = &self.links[link].broken else { return Ok(()) };
        Err(Box::new(Verdict::Fail(Box::new(Failure {
            id: violation.id,
            line,
            cause: Cause::Wrong,
            expected: "packets of MQTT 3.1.1".into(),
            seen: violation.to_string(),
            came: vec![bytes.clone()],
            more: 0,
        }))))
    }

    pub(super) fn neither(&mut self, line: Line, branches: &[Branch]) -> Ended {
        let first = &branches[0].first;
        let link = self.peers.get(&first.who).map(|link| &self.links[*link]);
        let (cause, seen) = match link {
            Some(inbox) if inbox.unasked().next().is_some() => {
                (Cause::Wrong, "something else came")
            }
            Some(inbox) if inbox.closed => (Cause::Closed, "the connection was closed"),
            Some(_) | None => (Cause::Missing, "neither came"),
        };
        let ways: Vec<String> = branches.iter().map(|branch| branch.first.to_string()).collect();
        let expected = format!("either {}", ways.join(", or "));
        self.failure(first, line, cause, expected, seen.into())
    }

    /// It did not come in time, or the run has to end.
    pub(super) fn missing(&mut self, heard: &Heard) -> Ended {
        match self.stopped {
            Some(why) => stop(heard.line, why),
            None => self.failed(heard, Cause::Missing, "it did not come".into()),
        }
    }

    pub(super) fn failed(&mut self, heard: &Heard, cause: Cause, seen: String) -> Ended {
        self.failure(heard, heard.line, cause, heard.to_string(), seen)
    }

    pub(super) fn failure(
        &mut self,
        heard: &Heard,
        line: Line,
        cause: Cause,
        expected: String,
        seen: String,
    ) -> Ended {
        let named = match &heard.what {
            Expected::Closed { breach, .. } => *breach,
            Expected::Packet(_) | Expected::Raw(_) | Expected::Nothing(_) => None,
        };
        let link = self.peers.get(&heard.who).copied();
        let inbox = link.map(|link| &self.links[link]);
        let all = inbox.map_or(&[][..], |inbox| inbox.packets.as_slice());
        let came: Vec<Vec<u8>> = all.iter().take(SHOWN_MAX).cloned().collect();
        let more = all.len() - came.len();
        let near =
            || inbox.and_then(|inbox| near::broken(&self.names, &self.covers, heard, inbox, cause));
        let known = heard.id.or(named).or_else(near);
        self.guessed = if known.is_none() { link } else { None };
        let otherwise = self.covers.first().copied().unwrap_or(Id::MQTT_4_8_0_1);
        let id = known.unwrap_or(otherwise);
        Box::new(Verdict::Fail(Box::new(Failure { id, line, cause, expected, seen, came, more })))
    }
}

pub(super) fn stop(line: Line, why: &str) -> Ended {
    Box::new(Verdict::Inconclusive(Stop { line, why: why.to_owned() }))
}
