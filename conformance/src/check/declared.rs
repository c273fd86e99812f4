//! `--target FILE`: what is known about a broker before it is asked.
//!
//! A file declares what no probe can find out: credentials, what is denied, how it is started. What
//! it says that a broker lacks is a skip with a reason. What was argued from the text of the standard
//! is shown beside the breaches; it expects nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etalon::packet::Text;
use etalon::spec::Id;
use etalon::topic::{TopicFilter, TopicName};
use serde::Deserialize;

use super::nearest;
use super::offers::WORDS;
use crate::report::{self, Status};
use crate::suite::Case;

/// A target file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// The file, for what is said about it.
    #[serde(skip)]
    pub file: PathBuf,
    /// A name for people: `Mosquitto 2.0.11`.
    pub name: Option<String>,
    /// `HOST[:PORT]`, for a broker that runs.
    pub address: Option<String>,
    /// A command that starts it; `{port}` and `{dir}` are filled in.
    pub command: Option<String>,
    /// Nothing but level 4 of MQTT is served.
    #[serde(default)]
    pub only_3_1_1: bool,
    /// Sessions and retained messages outlive a restart.
    #[serde(default)]
    pub durable: bool,
    /// How to log in.
    pub credentials: Option<Credentials>,
    /// What it does not offer, and why: a word of `requires`, and the reason.
    #[serde(default)]
    pub lacks: BTreeMap<String, String>,
    /// What its access list refuses to everybody.
    #[serde(default)]
    pub denied: Denied,
    /// How it is restarted.
    pub restart: Option<Restart>,
    /// Cases that are not run.
    #[serde(default, rename = "skip")]
    pub skips: Vec<Skip>,
    /// Breaches that were argued from the text.
    #[serde(default)]
    pub argued: Vec<Argued>,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The User Name.
    pub user: String,
    /// The Password.
    pub password: Option<String>,
}

/// What is refused to everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denied {
    /// A Topic Filter that may not be subscribed to.
    pub filter: Option<String>,
    /// A Topic Name that may not be published to.
    pub topic: Option<String>,
}

/// How a broker is restarted.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// A command that returns when the broker has been told to stop and start again.
    pub command: String,
}

/// A case that is not run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// `4.3.3/two_steps`
    pub case: String,
    /// Why.
    pub reason: String,
}

/// Why a breach is one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argued {
    /// `MQTT-4.3.3-2`
    pub statement: String,
    /// The cases that show it.
    #[serde(default)]
    pub cases: Vec<String>,
    /// Why the text forbids it, in our own words.
    pub argument: String,
}

impl Declared {
    /// Reads a file's text; `file` is for complaints.
    ///
    /// # Errors
    /// What cannot be read, with its line and what is known there; or a skip that matches nothing.
    pub fn read(file: &Path, text: &str, cases: &[Case]) -> Result<Declared, String> {
        let shown = file.display();
        let mut read: Declared =
            toml::from_str(text).map_err(|error| format!("{shown}: {error}"))?;
        read.file = file.to_path_buf();
        read.judge(cases).map_err(|why| format!("{shown}: {why}"))?;
        Ok(read)
    }

    fn judge(&mut self, cases: &[Case]) -> Result<(), String> {
        let is_case = |name: &str| cases.iter().any(|case| case.name == name);
        let no_case = |place: &str, name: &str| {
            let known = cases.iter().map(|case| case.name.as_str());
            Err(format!("{place}: no case {name}{}", nearest::hint(name, known)))
        };
        if self.address.is_some() && self.command.is_some() {
            return Err("address and command: a broker either runs or is started".into());
        }
        if let Some(word) = self.lacks.keys().find(|word| !WORDS.contains(&word.as_str())) {
            let hint = nearest::hint(word, WORDS);
            let known = WORDS.join(", ");
            return Err(format!("[lacks] {word} matches nothing{hint} (known: {known})"));
        }
        self.can_be_sent()?;
        for skip in &self.skips {
            if !is_case(&skip.case) {
                return no_case("[[skip]]", &skip.case);
            }
        }
        for argued in &mut self.argued {
            let Ok(id) = argued.statement.parse::<Id>() else {
                return Err(format!("[[argued]]: {} is no statement", argued.statement));
            };
            argued.statement = super::bare(id);
            if let Some(name) = argued.cases.iter().find(|name| !is_case(name)) {
                return no_case("[[argued]]", name);
            }
        }
        Ok(())
    }

    /// Nothing that is sent from here may be malformed: it would be judged as the broker's fault.
    fn can_be_sent(&self) -> Result<(), String> {
        if let Some(credentials) = &self.credentials {
            Text::new(&credentials.user).map_err(|why| format!("[credentials] user: {why}"))?;
            if credentials.password.as_ref().is_some_and(|text| text.len() > 65_535) {
                return Err("[credentials] password: it has more than 65,535 bytes".into());
            }
        }
        if let Some(filter) = &self.denied.filter {
            TopicFilter::new(filter).map_err(|why| format!("[denied] filter: {why}"))?;
        }
        if let Some(topic) = &self.denied.topic {
            TopicName::new(topic).map_err(|why| format!("[denied] topic: {why}"))?;
        }
        Ok(())
    }

    /// Why a case is not to be run.
    pub fn skips(&self, name: &str) -> Option<&str> {
        self.skips.iter().find(|skip| skip.case == name).map(|skip| skip.reason.as_str())
    }

    /// What was argued about the breaches of a case, as notes.
    pub fn argues(&self, case: &report::Case) -> Vec<report::Remark> {
        let concerns = |argued: &&Argued| {
            case.status == Status::Fail
                && case.broken.contains(&argued.statement)
                && (argued.cases.is_empty() || argued.cases.contains(&case.name))
        };
        let note = |argued: &Argued| report::Remark {
            weight: "note".into(),
            cite: argued.statement.clone(),
            text: format!("argued in {}: {}", self.short(), one_line(&argued.argument)),
        };
        self.argued.iter().filter(concerns).map(note).collect()
    }

    /// The file without its directories.
    pub fn short(&self) -> String {
        self.file.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
    }
}

/// A paragraph of a file, without its line ends.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Result<Declared, String> {
        Declared::read(Path::new("targets/x.toml"), text, &crate::suite::cases().unwrap())
    }

    #[test]
    fn a_whole_file_is_read() {
        let declared = read(concat!(
            "name = \"X\"\ncommand = \"x -p {port}\"\nonly_3_1_1 = true\n",
            "[credentials]\nuser = \"u\"\npassword = \"p\"\n",
            "[lacks]\nwildcards = \"by configuration\"\n",
            "[denied]\nfilter = \"no/#\"\ntopic = \"no/x\"\n",
            "[restart]\ncommand = \"systemctl restart x\"\n",
            "[[skip]]\ncase = \"3.12.4/each_pingreq_is_answered\"\nreason = \"slow\"\n",
            "[[argued]]\nstatement = \"MQTT-2.2.2-2\"\ncases = []\nargument = \"flags\"\n",
        ))
        .unwrap();
        assert_eq!(declared.lacks["wildcards"], "by configuration");
        assert_eq!(declared.skips("3.12.4/each_pingreq_is_answered"), Some("slow"));
        assert_eq!(declared.argued[0].statement, "MQTT-2.2.2-2");
        assert_eq!(declared.short(), "x.toml");
    }

    #[test]
    fn every_target_file_of_the_repository_is_read() {
        let cases = crate::suite::cases().unwrap();
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
        for entry in std::fs::read_dir(dir).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|ending| ending == "toml") {
                let text = std::fs::read_to_string(&file).unwrap();
                Declared::read(&file, &text, &cases).unwrap();
            }
        }
    }

    #[test]
    fn an_argument_stands_beside_the_breach_that_it_is_about() {
        let text = "[[argued]]\nstatement = \"MQTT-2.2.2-2\"\nargument = \"flags\"\n\
                    cases = [\"2.2.2/pingreq_flags_1\"]\n";
        let declared = read(text).unwrap();
        let cases = crate::suite::cases().unwrap();
        let case = |name: &str, status, broken: &str| {
            let case = cases.iter().find(|case| case.name == name).unwrap();
            let case = super::super::record::skipped(case, String::new());
            report::Case { status, broken: vec![broken.into()], ..case }
        };
        let argued = |name, status, broken| declared.argues(&case(name, status, broken)).len();
        let (one, other) = ("2.2.2/pingreq_flags_1", "2.2.2/pingreq_flags_2");
        assert_eq!(argued(one, Status::Fail, "MQTT-2.2.2-2"), 1);
        assert_eq!(argued(one, Status::Fail, "MQTT-4.8.0-1"), 0);
        assert_eq!(argued(one, Status::Unstable, "MQTT-2.2.2-2"), 0);
        assert_eq!(argued(other, Status::Fail, "MQTT-2.2.2-2"), 0);
    }

    #[test]
    fn a_mistake_is_told_with_its_place_and_what_is_known() {
        for (text, parts) in [
            ("nam = 1\n", &["line 1", "unknown field `nam`", "expected one of `name`"][..]),
            ("[lacks]\nwildcard = \"x\"\n", &["[lacks] wildcard", "did you mean wildcards?"]),
            ("[credentials]\nusr = \"x\"\n", &["line 2", "`user`"]),
            ("address = \"a\"\ncommand = \"b\"\n", &["either runs or is started"]),
            ("[[skip]]\ncase = \"3.12.4/x\"\nreason = \"\"\n", &["[[skip]]: no case 3.12.4/x"]),
            ("[[argued]]\nstatement = \"MQTT-9.9.9-9\"\nargument = \"\"\n", &["is no statement"]),
        ] {
            let complaint = read(text).unwrap_err();
            assert!(complaint.starts_with("targets/x.toml: "), "{complaint}");
            for part in parts {
                assert!(complaint.contains(part), "{text}: {complaint}");
            }
        }
    }
}
