//! What a numbered statement is, and the macro that makes the table of them.
//!
//! The macro spells each identifier once. The enum, the table, the printed name and the
//! documentation of the variant are made from that one spelling, so none of them can differ.

use crate::Id;

/// One numbered statement of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its number.
    pub id: Id,
    /// The section in which it stands, such as `3.1.2.4`.
    pub section: &'static str,
    /// Who has to obey it.
    pub binds: Binds,
    /// Where a breach would be seen.
    pub shows: Shows,
    /// What it asks for, in our own words.
    pub text: &'static str,
}

/// Who has to obey a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binds {
    /// The Client.
    Client,
    /// The Server.
    Server,
    /// Both, in the same role or in opposite ones, such as sender and receiver.
    Both,
}

impl Binds {
    /// The word for it in running text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Binds::Client => "client",
            Binds::Server => "server",
            Binds::Both => "both",
        }
    }
}

impl core::fmt::Display for Binds {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a breach of a statement would be seen first; it decides which evidence can exist.
///
/// The levels ascend: each needs more to be watched than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shows {
    /// In the bytes of one packet alone.
    Bytes,
    /// In the answer to one packet, or in its absence.
    Reply,
    /// In several packets or connections together, or in the time between them.
    Flow,
    /// After a reconnect.
    Reconnect,
    /// Nowhere on the wire.
    Nowhere,
}

impl Shows {
    /// Every level, in ascending order.
    pub const ALL: [Shows; 5] =
        [Shows::Bytes, Shows::Reply, Shows::Flow, Shows::Reconnect, Shows::Nowhere];

    /// What has to be watched, in running text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shows::Bytes => "in one packet alone",
            Shows::Reply => "in the answer to one packet",
            Shows::Flow => "in several packets or connections together",
            Shows::Reconnect => "after a reconnect",
            Shows::Nowhere => "nowhere on the wire",
        }
    }
}

impl core::fmt::Display for Shows {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Turns `MQTT_4_3_3_2` into the bytes of `MQTT-4.3.3-2`, which are as many.
///
/// Runs in constants only.
pub(crate) const fn label<const N: usize>(identifier: &str) -> [u8; N] {
    let from = identifier.as_bytes();
    let mut into = [0; N];
    let mut seen = 0;
    let mut at = 0;
    while at < N {
        into[at] = match from[at] {
            b'_' => {
                seen += 1;
                if seen == 1 || seen == 4 { b'-' } else { b'.' }
            }
            byte => byte,
        };
        at += 1;
    }
    into
}

macro_rules! statements {
    ($($id:ident $section:literal $binds:ident $shows:ident $text:literal;)*) => {
        /// A numbered statement of MQTT 3.1.1, as the standard counts them.
        ///
        /// The variants stand in the order of the standard, which is also the order of `Ord`.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Id {
            $(
                #[doc = concat!(
                    $text, "\n\nSection ", $section, "; binds: ", stringify!($binds),
                    "; a breach shows: ", stringify!($shows), ".",
                )]
                $id,
            )*
        }

        impl Id {
            /// Every statement, in the order of the standard.
            pub const ALL: [Id; 141] = [$(Id::$id,)*];

            /// The statement itself.
            pub const fn statement(self) -> &'static Statement {
                &STATEMENTS[self as usize]
            }

            /// Its number without brackets: `MQTT-4.3.3-2`.
            pub const fn name(self) -> &'static str {
                NAMES[self as usize]
            }
        }

        static STATEMENTS: [Statement; 141] = [$(
            Statement {
                id: Id::$id,
                section: $section,
                binds: Binds::$binds,
                shows: Shows::$shows,
                text: $text,
            },
        )*];

        static NAMES: [&str; 141] = [$({
            const LABEL: [u8; stringify!($id).len()] = $crate::statement::label(stringify!($id));
            match core::str::from_utf8(&LABEL) {
                Ok(name) => name,
                Err(_) => "",
            }
        },)*];
    };
}
pub(crate) use statements;
