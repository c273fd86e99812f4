//! A trace as text again; it reads back as itself.

use std::fmt::{self, Display, Formatter, Write};

use etalon::spec::Id;
use etalon::time::Duration;
use etalon::violation::Weight;

use super::{
    Act, Answer, Branch, Change, Client, Code, Connect, Expected, Flag, Heard, Number, Pattern,
    Payload, Piece, Publish, Remark, Said, Step, Trace,
};

impl Display for Trace {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for line in &self.about {
            writeln!(out, "{}", format!("# {line}").trim_end())?;
        }
        let covers: Vec<String> = self.covers.iter().map(|id| bare(*id)).collect();
        for (word, list) in
            [("covers", &covers), ("tags", &self.tags), ("requires", &self.requires)]
        {
            if !list.is_empty() {
                writeln!(out, "{word} {}", list.join(" "))?;
            }
        }
        writeln!(out)?;
        steps(out, &self.steps, 0)
    }
}

fn steps(out: &mut Formatter<'_>, all: &[Step], depth: usize) -> fmt::Result {
    for step in all {
        indent(out, depth)?;
        match &step.act {
            Act::Say { who, split, what } => {
                write!(out, "{who} >")?;
                if let Some(bytes) = split {
                    write!(out, " split {bytes}")?;
                }
                for (number, said) in what.iter().enumerate() {
                    write!(out, "{}{said}", if number == 0 { " " } else { " ; " })?;
                }
            }
            Act::Link { who, what } => write!(out, "{who} > {what}")?,
            Act::Hear(heard) => write!(out, "{heard}")?,
            Act::Remark(remark) => write!(out, "{remark}")?,
            Act::Restart => out.write_str("restart")?,
            Act::Wait(wait) => write!(out, "+{}", duration(*wait))?,
            Act::Any(all) => {
                writeln!(out, "any {{")?;
                for heard in all {
                    indent(out, depth + 1)?;
                    writeln!(out, "{heard}")?;
                }
                indent(out, depth)?;
                write!(out, "}}")?;
            }
            Act::Either(branches) => {
                for (number, one) in branches.iter().enumerate() {
                    write!(out, "{}", if number == 0 { "either " } else { " or " })?;
                    branch(out, one, depth)?;
                }
            }
            Act::Optional(one) => {
                write!(out, "optional ")?;
                branch(out, one, depth)?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

fn branch(out: &mut Formatter<'_>, branch: &Branch, depth: usize) -> fmt::Result {
    writeln!(out, "{{")?;
    indent(out, depth + 1)?;
    writeln!(out, "{}", branch.first)?;
    steps(out, &branch.rest, depth + 1)?;
    indent(out, depth)?;
    write!(out, "}}")
}

fn indent(out: &mut Formatter<'_>, depth: usize) -> fmt::Result {
    (0..depth).try_for_each(|_| out.write_str("    "))
}

impl Display for Change {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Change::Open => "open",
            Change::Cut => "cut",
            Change::Reset => "reset",
        })
    }
}

impl Display for Remark {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let word = match self.weight {
            Weight::Breach | Weight::Warning => "warn",
            Weight::Note => "note",
        };
        write!(out, "{word} {} {}", self.cite, quoted(&self.text))
    }
}

impl Display for Heard {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} < {}", self.who, self.what)?;
        self.id.map_or(Ok(()), |id| write!(out, "  {id}"))
    }
}

impl Display for Expected {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Packet(pattern) => pattern.fmt(out),
            Expected::Raw(pieces) => raw(out, pieces),
            Expected::Closed { silently, breach, within } => {
                out.write_str("closed")?;
                if *silently {
                    out.write_str(" silently")?;
                }
                if let Some(id) = breach {
                    write!(out, " breach={}", bare(*id))?;
                }
                within.map_or(Ok(()), |within| write!(out, " within {}", duration(within)))
            }
            Expected::Nothing(None) => out.write_str("nothing"),
            Expected::Nothing(Some(wait)) => write!(out, "nothing {}", duration(*wait)),
        }
    }
}

impl Display for Said {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Said::Packet(pattern) => pattern.fmt(out),
            Said::Raw(pieces) => raw(out, pieces),
        }
    }
}

fn raw(out: &mut Formatter<'_>, pieces: &[Piece]) -> fmt::Result {
    out.write_str("raw")?;
    pieces.iter().try_for_each(|piece| write!(out, " {piece}"))
}

impl Display for Piece {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Piece::Bytes(bytes) => out.write_str(&hex(bytes)),
            Piece::Text(text) => out.write_str(&quoted(text)),
            Piece::Field(text) => write!(out, "s{}", quoted(text)),
            Piece::Counted(pieces) => {
                out.write_str("(")?;
                pieces.iter().try_for_each(|piece| write!(out, " {piece}"))?;
                out.write_str(" )")
            }
            Piece::Repeat(times, piece) => write!(out, "repeat {times} {piece}"),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Pattern::Connect(connect) => connect.fmt(out),
            Pattern::Connack(answer, present) => {
                write!(out, "CONNACK {answer}")?;
                flag(out, "present", *present)
            }
            Pattern::Publish(publish) => publish.fmt(out),
            Pattern::Ack(kind, number) => write!(out, "{kind} id={number}"),
            Pattern::Subscribe(number, requests) => {
                write!(out, "SUBSCRIBE id={number}")?;
                requests
                    .iter()
                    .try_for_each(|(filter, qos)| write!(out, " {} qos={qos}", word(filter)))
            }
            Pattern::Suback(number, codes) => {
                write!(out, "SUBACK id={number}")?;
                codes.iter().try_for_each(|code| write!(out, " {code}"))
            }
            Pattern::Unsubscribe(number, filters) => {
                write!(out, "UNSUBSCRIBE id={number}")?;
                filters.iter().try_for_each(|filter| write!(out, " {}", word(filter)))
            }
            Pattern::Bare(kind) => kind.fmt(out),
        }
    }
}

impl Display for Connect {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match &self.client {
            Client::Auto => write!(out, "CONNECT client=auto")?,
            Client::Any => write!(out, "CONNECT client=any")?,
            Client::Is(id) => write!(out, "CONNECT client={}", word(id))?,
        }
        flag(out, "clean", Flag::Is(self.clean))?;
        if self.keep_alive > 0 {
            write!(out, " keepalive={}", self.keep_alive)?;
        }
        if let Some(will) = &self.will {
            write!(out, " will={} {}", word(&will.topic), will.message)?;
            if will.qos > 0 {
                write!(out, " will-qos={}", will.qos)?;
            }
            flag(out, "will-retain", Flag::Is(will.retain))?;
        }
        if let Some(user) = &self.user {
            write!(out, " user={}", word(user))?;
        }
        self.password.as_ref().map_or(Ok(()), |password| write!(out, " password {password}"))
    }
}

impl Display for Publish {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "PUBLISH {}", word(&self.topic))?;
        if self.qos > 0 {
            write!(out, " qos={}", self.qos)?;
        }
        if let Some(number) = &self.id {
            write!(out, " id={number}")?;
        }
        flag(out, "dup", self.dup)?;
        flag(out, "retain", self.retain)?;
        if self.payload == Payload::Text(String::new()) {
            return Ok(());
        }
        write!(out, " {}", self.payload)
    }
}

fn flag(out: &mut Formatter<'_>, name: &str, flag: Flag) -> fmt::Result {
    match flag {
        Flag::Is(false) => Ok(()),
        Flag::Is(true) => write!(out, " {name}"),
        Flag::Any => write!(out, " {name}=any"),
    }
}

impl Display for Answer {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Accepted => out.write_str("accepted"),
            Answer::Refused(code) => write!(out, "refused {code}"),
            Answer::RefusedAny => out.write_str("refused any"),
        }
    }
}

impl Display for Code {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Code::Granted(qos) => qos.fmt(out),
            Code::Failure => out.write_str("failure"),
            Code::Any => out.write_str("any"),
        }
    }
}

impl Display for Number {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Number::Is(number) => number.fmt(out),
            Number::Variable(name) => write!(out, "${name}"),
            Number::Any => out.write_str("any"),
        }
    }
}

impl Display for Payload {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Payload::Text(text) => out.write_str(&quoted(text)),
            Payload::Hex(bytes) => write!(out, "hex {}", hex(bytes)),
            Payload::Repeat(times, text) => write!(out, "repeat {times} {}", quoted(text)),
            Payload::Size(bytes) => write!(out, "size {bytes}"),
            Payload::Any => out.write_str("any"),
        }
    }
}

/// The ID without its brackets.
fn bare(id: Id) -> String {
    id.to_string().trim_matches(['[', ']']).to_owned()
}

fn duration(time: Duration) -> String {
    let millis = time.as_millis();
    if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}

fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    all.join(" ")
}

/// As it is where that reads back, else in quotes.
fn word(text: &str) -> String {
    let plain = super::parse::is_word(text) && !["auto", "any"].contains(&text);
    if plain { text.to_owned() } else { quoted(text) }
}

pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for at in text.chars() {
        // Writing into a string does not fail.
        let _ = match at {
            '"' | '\\' => write!(out, "\\{at}"),
            at if at.is_control() || at == '\u{feff}' => {
                write!(out, "\\u{{{:x}}}", u32::from(at))
            }
            at => write!(out, "{at}"),
        };
    }
    out + "\""
}
