//! §4.7 Matching, level by level.

/// Whether a valid filter matches a Topic Name.
pub fn matches(filter: &str, topic: &str) -> bool {
    let wild = filter.starts_with(['#', '+']);
    if wild && topic.starts_with('$') {
        return false;
    }
    let filter: Vec<&str> = filter.split('/').collect();
    let topic: Vec<&str> = topic.split('/').collect();
    let (levels, rest) = match filter.split_last() {
        Some((&"#", levels)) => (levels, true),
        Some(_) | None => (&filter[..], false),
    };
    let same = |(filter, topic): (&&str, &&str)| *filter == "+" || filter == topic;
    let long_enough = if rest { topic.len() >= levels.len() } else { topic.len() == levels.len() };
    long_enough && levels.iter().zip(&topic).all(same)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn examples_of_the_standard() {
        etalon::spec::covers!(MQTT_4_7_1_2, MQTT_4_7_1_3, MQTT_4_7_2_1);
        for (filter, topic) in [
            ("sport/tennis/player1/#", "sport/tennis/player1"),
            ("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon"),
            ("sport/#", "sport"),
            ("#", "/"),
            ("sport/+", "sport/"),
            ("+/+", "/finance"),
            ("/+", "/finance"),
            ("$SYS/#", "$SYS/"),
            ("$SYS/monitor/+", "$SYS/monitor/Clients"),
        ] {
            assert!(matches(filter, topic), "{filter} {topic}");
        }
        for (filter, topic) in [
            ("sport/tennis/+", "sport/tennis/player1/ranking"),
            ("sport/+", "sport"),
            ("+", "/finance"),
            ("#", "$SYS/"),
            ("+/monitor/Clients", "$SYS/monitor/Clients"),
            ("ACCOUNTS", "Accounts"),
        ] {
            assert!(!matches(filter, topic), "{filter} {topic}");
        }
    }
}
