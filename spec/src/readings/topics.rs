//! Readings, group E.
//! Topics: the sign $, empty levels, comparison (4.7).
//!
//! Each entry: the number, the sections, the statements and the lines that it concerns, the
//! question, what Etalon does, why, and what a harness accepts from others.

use super::zones;

zones! {
    S_90 ["4.7.2"]
    [MQTT_4_7_2_1]
    []
    asks    "Which dollar signs and which filters does the rule concern?"
    etalon  "Only a $ that is the first character of the topic name, and only filters that begin \
             with # or +; retained messages are matched in the same way."
    why     "So #, +/x and +/# miss $SYS/x, while $SYS/# and $SYS/+ match it; a/$x is an \
             ordinary topic, and /+ is never concerned."
    accepts "Only what Etalon does.";

    S_91 ["4.7.2"]
    [MQTT_4_7_2_1 MQTT_3_3_5_2]
    [L_1421 L_1422]
    asks    "What happens when a client publishes to a topic that begins with $?"
    etalon  "Acknowledged, neither delivered nor retained."
    why     "Exchange between clients over such topics should be prevented, and this is the way \
             for publications that are not authorised. Paho carries them; Mosquitto drops $SYS \
             and carries the others."
    accepts "No delivery, a close, or delivery to filters that begin with $ with a warning; \
             delivery to # fails.";

    S_92 ["4.7.1.1" "4.7.1.2" "4.7.1.3"]
    [MQTT_4_7_1_2 MQTT_4_7_1_3]
    [L_1380 L_1383 L_1402 L_1446]
    asks    "Which empty levels do wildcards match, and does # include its parent?"
    etalon  "The filter sport/# matches sport, sport/ and sport/a/b; sport/+ matches sport/ but \
             not sport; +/+ and /+ match /finance and + does not; a//b matches a/+/b; # matches \
             a single separator."
    why     "An empty level is a level, and # includes its parent. Paho does not match a/ with \
             a/+."
    accepts "Only what Etalon does.";

    S_93 ["4.7.3"]
    [MQTT_4_7_3_3]
    [L_1452]
    asks    "How many levels may a topic have?"
    etalon  "As many as fit; matching takes no recursion and bounded time."
    why     "There is no limit but the length of the text, in which 65536 levels fit. Mosquitto \
             closes above 200 separators."
    accepts "100 levels work; failing at 1000 is a warning.";

    S_94 ["4.7.3" "1.5.3"]
    [MQTT_1_5_3_3 MQTT_4_7_3_4]
    [L_1444 L_1445 L_1446 L_1447 L_1456]
    asks    "Which differences between two topics are significant?"
    etalon  "All: no folding of case, no trimming, no collapsing of separators, no decoding of \
             percent signs and no normalisation; U+FEFF counts as a character."
    why     "Nothing may be modified for matching, so bytes decide."
    accepts "Only what Etalon does.";
}
