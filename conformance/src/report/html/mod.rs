//! Reports as one page: so far only what the verdict is.

use maud::{DOCTYPE, html};

use super::{Report, text};

/// The page.
pub fn render(reports: &[Report]) -> String {
    let page = html! {
        (DOCTYPE)
        title { "Etalon" }
        @for report in reports { p { (text::line(&report.verdict())) } }
    };
    page.into_string()
}
