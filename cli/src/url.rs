//! The URL of `-L`: `mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC`.
//!
//! As in the mosquitto tools nothing is percent-decoded; so that `@` can stand in a password, the
//! last one before the topic ends it.

/// What a URL says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// The user name.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The host, an IPv6 address without its brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
    /// The topic name or filter; not empty.
    pub topic: String,
}

const FORM: &str = "the form is mqtt://[USER[:PASSWORD]@]HOST[:PORT]/TOPIC";

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    ///
    /// Another scheme, or a part is missing; the text says which.
    pub fn parse(text: &str) -> Result<Url, String> {
        let (scheme, rest) = text.split_once("://").ok_or(FORM)?;
        match scheme.to_ascii_lowercase().as_str() {
            "mqtt" => {}
            "mqtts" => return Err("mqtts:// is not supported yet: there is no TLS".into()),
            "ws" | "wss" => return Err(format!("{scheme}:// is not supported yet")),
            _ => return Err(format!("{scheme}:// is no scheme of MQTT; {FORM}")),
        }
        let (server, topic) = rest.split_once('/').unwrap_or((rest, ""));
        if topic.is_empty() {
            return Err(format!("the topic is missing; {FORM}"));
        }
        let (login, server) = match server.rsplit_once('@') {
            Some((login, server)) => (Some(login), server),
            None => (None, server),
        };
        let (host, port) = split_port(server)?;
        if host.is_empty() {
            return Err(format!("the host is missing; {FORM}"));
        }
        let (username, password) = match login.map(|login| login.split_once(':').ok_or(login)) {
            None => (None, None),
            Some(Err(username)) => (Some(username.to_owned()), None),
            Some(Ok((username, password))) => {
                (Some(username.to_owned()), Some(password.to_owned()))
            }
        };
        Ok(Url { username, password, host: host.to_owned(), port, topic: topic.to_owned() })
    }
}

fn split_port(server: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, tail)) => (host, Some(tail.strip_prefix(':').unwrap_or(tail))),
        None => match server.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (server, None),
        },
    };
    let number = |port: &str| match port.parse() {
        Ok(0) | Err(_) => Err(format!("{port:?} is no port; {FORM}")),
        Ok(port) => Ok(port),
    };
    Ok((host, port.map(number).transpose()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found() {
        for (text, username, password, host, port, topic) in [
            ("mqtt://h/t", None, None, "h", None, "t"),
            ("MQTT://h:1884/a/b/#", None, None, "h", Some(1884), "a/b/#"),
            ("mqtt://u@h//", Some("u"), None, "h", None, "/"),
            ("mqtt://u:p@h:1/t", Some("u"), Some("p"), "h", Some(1), "t"),
            ("mqtt://u:p:q@r@h/t", Some("u"), Some("p:q@r"), "h", None, "t"),
            ("mqtt://:@h/t", Some(""), Some(""), "h", None, "t"),
            ("mqtt://[::1]/t", None, None, "::1", None, "t"),
            ("mqtt://u@[::1]:65535/t", Some("u"), None, "::1", Some(65535), "t"),
        ] {
            let url = Url {
                username: username.map(str::to_owned),
                password: password.map(str::to_owned),
                host: host.into(),
                port,
                topic: topic.into(),
            };
            assert_eq!(Url::parse(text), Ok(url), "{text}");
        }
    }

    #[test]
    fn a_wrong_url_is_refused_with_its_reason() {
        for (text, why) in [
            ("h/t", FORM.to_owned()),
            ("http://h/t", format!("http:// is no scheme of MQTT; {FORM}")),
            ("mqtts://h/t", "mqtts:// is not supported yet: there is no TLS".into()),
            ("ws://h/t", "ws:// is not supported yet".into()),
            ("mqtt://h", format!("the topic is missing; {FORM}")),
            ("mqtt://h/", format!("the topic is missing; {FORM}")),
            ("mqtt:///t", format!("the host is missing; {FORM}")),
            ("mqtt://h:0/t", format!("\"0\" is no port; {FORM}")),
            ("mqtt://h:x/t", format!("\"x\" is no port; {FORM}")),
            ("mqtt://[::1]x/t", format!("\"x\" is no port; {FORM}")),
            ("mqtt://h:70000/t", format!("\"70000\" is no port; {FORM}")),
        ] {
            assert_eq!(Url::parse(text), Err(why), "{text}");
        }
    }
}
