#![allow(clippy::all, clippy::pedantic, missing_docs)]
use etalon_conformance::{run::{run, Options}, tcp::Tcp, trace::Trace};
fn main() {
    let mut args = std::env::args().skip(1);
    let at: std::net::SocketAddr = args.next().unwrap().parse().unwrap();
    for (n, f) in args.enumerate() {
        let trace: Trace = std::fs::read_to_string(&f).unwrap().parse().unwrap();
        let options = Options { prefix: format!("j{:x}x{n}", std::process::id()), ..Options::default() };
        let r = run(&mut Tcp::new(at), &trace, &options);
        let v = r.verdict.to_string(); println!("{f}: {}", v.lines().next().unwrap_or(""));
        for b in r.breaches { println!("  BREACH {f} {} {} {:02X?}", b.who, b.violation, &b.bytes[..b.bytes.len().min(20)]); }
        for m in r.remarks { println!("  REMARK {f} {:?} {} {}", m.weight, m.cite, m.text); }
    }
}
