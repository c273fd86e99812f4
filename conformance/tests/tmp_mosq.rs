#![allow(missing_docs, clippy::all)]
use etalon_conformance::run::*;
use etalon_conformance::tcp::Tcp;
use etalon_conformance::verdict::*;
use std::sync::Mutex;
use std::sync::atomic::*;
#[test]
fn mosq() {
    let address: std::net::SocketAddr = std::env::var("ADDR").unwrap().parse().unwrap();
    let filter = std::env::var("ONLY").unwrap_or_default();
    let cases: Vec<_> = etalon_conformance::suite::cases()
        .unwrap()
        .into_iter()
        .filter(|c| c.name.contains(&filter))
        .collect();
    let next = AtomicUsize::new(0);
    let out = Mutex::new(Vec::new());
    let offers: Vec<String> =
        ["anonymous", "empty-client-id", "qos1", "qos2", "retain", "wildcards", "durable"]
            .iter()
            .map(|s| s.to_string())
            .collect();
    let began = std::time::Instant::now();
    let (alone, rest): (Vec<_>, Vec<_>) =
        cases.iter().enumerate().partition(|(_, c)| c.trace.tags.contains(&"alone".to_string()));
    let one = |n: usize, case: &etalon_conformance::suite::Case| {
        let options = Options {
            prefix: format!("e{}x{n}", std::process::id()),
            offers: offers.clone(),
            ..Options::default()
        };
        let t = std::time::Instant::now();
        let r = if std::env::var("ONCE").is_ok() {
            let run = run(&mut Tcp::new(address), &case.trace, &options);
            Repeated { run, runs: Default::default() }
        } else {
            run_with_repeats(|| Tcp::new(address), &case.trace, &options)
        };
        out.lock().unwrap().push((n, case.name.clone(), r, t.elapsed()));
    };
    std::thread::scope(|s| {
        for _ in 0..100 {
            s.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some((n, case)) = rest.get(i) else { return };
                    one(*n, case);
                }
            });
        }
    });
    for (n, case) in &alone {
        one(*n, case);
    }
    let mut out = out.into_inner().unwrap();
    out.sort_by_key(|o| o.0);
    let mut counts = std::collections::BTreeMap::new();
    for (_, name, r, t) in &out {
        let st = r.run.status();
        *counts.entry(st).or_insert(0) += 1;
        if st != etalon_conformance::report::Status::Pass || t.as_secs() > 20 {
            println!(
                "{name} [{st:?} {}/{} {:.1}s]: {}",
                r.runs.failed,
                r.runs.all,
                t.as_secs_f32(),
                r.run
                    .verdict
                    .to_string()
                    .lines()
                    .take(if filter.is_empty() { 3 } else { 60 })
                    .collect::<Vec<_>>()
                    .join("\n")
            );
            for f in &r.run.breaches {
                println!(
                    "      AUDIT {} link {:?} p{} {} {:02x?}",
                    f.who,
                    f.link,
                    f.packet,
                    f.violation,
                    &f.bytes[..f.bytes.len().min(30)]
                );
            }
            if std::env::var("WIRE").is_ok() {
                for e in &r.run.wire {
                    println!(
                        "  {:?} {} {} {:?}",
                        e.at,
                        e.who,
                        e.link,
                        match &e.what {
                            Happened::Sent(b) => format!(
                                "> {} {:02x?}",
                                etalon_conformance::show::line(b),
                                &b[..b.len().min(30)]
                            ),
                            Happened::Came(b) => format!(
                                "< {} {:02x?}",
                                etalon_conformance::show::line(b),
                                &b[..b.len().min(30)]
                            ),
                            o => format!("{o:?}"),
                        }
                    );
                }
            }
        }
    }
    println!("{counts:?} in {:?}", began.elapsed());
}
