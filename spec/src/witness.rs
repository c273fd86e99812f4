//! The witness: which `upholds!` lines ran.

use crate::Id;

/// Notes that the calling line has done what `id` requires. Empty without feature `witness`.
#[inline(always)]
#[track_caller]
pub fn upheld(id: Id) {
    let _ = id;
}
