//! The marks that tie code to statements.

/// This line does what the statement requires.
#[macro_export]
macro_rules! upholds {
    ($($id:ident),+ $(,)?) => {{ $($crate::witness::upheld($crate::Id::$id);)+ }};
}

/// An item: the type leaves no other way.
#[macro_export]
macro_rules! by_construction {
    ($($id:ident),+ $(,)?) => { $(const _: $crate::Id = $crate::Id::$id;)+ };
}

/// An item: not done, and why.
#[macro_export]
macro_rules! deviates {
    ($id:ident, $why:literal) => {
        const _: ($crate::Id, &str) = ($crate::Id::$id, $why);
    };
}

/// First line of a test: the statements that it covers.
#[macro_export]
macro_rules! covers {
    ($($id:ident),+ $(,)?) => { $(const _: $crate::Id = $crate::Id::$id;)+ };
}
