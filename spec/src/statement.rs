//! What a statement is, and the macro that makes the table.

use crate::Id;

/// One numbered statement of the standard.
#[derive(Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binds {
    /// The Client.
    Client,
    /// The Server.
    Server,
    /// Both.
    Both,
}

/// Where a breach of a statement would be seen; it decides which evidence can exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// In the bytes of one packet.
    Bytes,
    /// In the answer to one packet.
    Reply,
    /// In several packets or connections together.
    Flow,
    /// After a reconnect.
    Reconnect,
    /// Nowhere on the wire.
    Nowhere,
}

macro_rules! statements {
    ($($id:ident $section:literal $binds:ident $shows:ident $text:literal;)*) => {
        /// A numbered statement of MQTT 3.1.1.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Id {
            $(
                #[doc = concat!("Section ", $section, ". ", $text)]
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
    };
}
pub(crate) use statements;
