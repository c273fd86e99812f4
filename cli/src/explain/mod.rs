//! stub
pub fn breach(breach: &crate::client::Breach, server: &str) -> String {
    format!("{breach:?} {server}")
}
