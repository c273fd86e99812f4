//! `etalon serve`: the broker on real sockets.

mod log;
mod settings;

use std::fmt::Write as _;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;

use clap::Args;
use etalon::broker::{Counters, Why};
use etalon::net::{Options, Server};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::exit::{self, Exit, complain};
use log::Log;

/// Descriptors that are kept for other things than connections.
const DESCRIPTORS_KEPT: u64 = 64;

const AFTER: &str = "\
The broker listens on loopback unless --listen says otherwise. Everything is kept in memory: a
restart forgets sessions and retained messages. SIGTERM and SIGINT stop it in order: every Will is
published, then every connection is closed.

Each breach of the standard by a client is one entry on stderr, with its statement, its byte and
its bytes.

Exit status: 0 stopped by a signal, 2 wrong command line, 4 it could not start or go on.

Examples:
  etalon serve                                on 127.0.0.1:1883 and [::1]:1883
  etalon serve -p 0 --ready-json              on any free port, said as JSON
  etalon serve --listen 0.0.0.0:1883          for other machines
  etalon serve --set limits.packet_bytes=65536 --set limits.waiting_messages=1000";

/// The flags of `etalon serve`.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub struct ServeArgs {
    /// Port on loopback; 0 picks a free one
    #[arg(
        short = 'p',
        long,
        value_name = "PORT",
        default_value_t = 1883,
        conflicts_with = "listen"
    )]
    port: u16,
    /// Address to listen on instead of loopback, such as 0.0.0.0:1883; repeatable
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Vec<SocketAddr>,
    /// Threads; one for each core unless told otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// A setting, such as limits.connections=1000; repeatable. `--set help` lists them
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Say that it is ready as one line of JSON on stdout
    #[arg(long)]
    ready_json: bool,
    /// Tell of every connection that ends, too
    #[arg(short, long)]
    verbose: bool,
}

/// Runs the broker until a signal stops it.
pub fn run(args: &ServeArgs) -> ExitCode {
    serve(args).unwrap_or_else(|status| status).into()
}

/// A broker of which one worker is dead would leave its clients hanging: better none than half of
/// one.
fn end_on_a_fault() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |fault| {
        report(fault);
        complain("this is a fault in etalon itself; it stops here. Please report the lines above");
        std::process::exit(i32::from(exit::LOCAL.0));
    }));
}

fn serve(args: &ServeArgs) -> Result<Exit, Exit> {
    if args.set.iter().any(|setting| setting == "help") {
        print!("{}", settings::help());
        return Ok(exit::OK);
    }
    end_on_a_fault();
    let mut options = Options::default();
    for setting in &args.set {
        settings::apply(&mut options, setting).map_err(|error| {
            complain(&error);
            exit::USAGE
        })?;
    }
    if let Some(workers) = args.workers {
        options.workers = workers;
    }
    options.sockets_max = options.sockets_max.min(raise_descriptors());
    options.config.home_seed = seed();

    // Before the first connection, so that no signal is missed.
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| {
        complain(&format!("signals cannot be received: {error}"));
        exit::LOCAL
    })?;
    let server = bind(args, options)?;
    let addresses = server.addresses().to_vec();
    let (log, writer) = Log::start(args.verbose);
    let notices = log.clone();
    let running = server.start(move |notice| notices.tell(notice)).map_err(|error| {
        complain(&format!("the workers cannot be started: {error}"));
        exit::LOCAL
    })?;
    ready(args, &addresses);

    signals.forever().next();
    // Who asks twice does not want to wait.
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            std::process::exit(i32::from(exit::OK.0));
        }
    });
    let mut status = exit::OK;
    let mut counted = Counters::default();
    for result in running.stop() {
        match result {
            Ok(counters) => add(&mut counted, &counters),
            Err(error) => {
                complain(&format!("a worker failed: {error}"));
                status = exit::LOCAL;
            }
        }
    }
    if log.end(writer) {
        summary(&counted);
    }
    Ok(status)
}

/// Binds what was asked for; on loopback both families, on the same port.
fn bind(args: &ServeArgs, options: Options) -> Result<Server, Exit> {
    if !args.listen.is_empty() {
        return Server::bind(&args.listen, options).map_err(|error| refused(&error));
    }
    let v4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), args.port);
    let mut server = Server::bind(&[v4], options).map_err(|error| refused(&error))?;
    let port = server.addresses().first().map_or(args.port, SocketAddr::port);
    // A machine without IPv6 is no reason to fail, and a port that was picked may be taken there.
    let v6 = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port);
    match server.add(v6) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AddrInUse && args.port != 0 => {
            return Err(refused(&error));
        }
        Err(_) => {}
    }
    Ok(server)
}

fn refused(error: &io::Error) -> Exit {
    const HINTS: [(ErrorKind, &str); 3] = [
        (
            ErrorKind::AddrInUse,
            "; another broker may be running there: choose another port with -p, or any free one \
             with -p 0",
        ),
        (ErrorKind::PermissionDenied, "; ports below 1024 are reserved: choose another with -p"),
        (ErrorKind::AddrNotAvailable, "; this machine has no such address"),
    ];
    let hint = HINTS.iter().find(|(kind, _)| *kind == error.kind()).map_or("", |(_, hint)| hint);
    complain(&format!("cannot listen on {error}{hint}"));
    exit::LOCAL
}

fn ready(args: &ServeArgs, addresses: &[SocketAddr]) {
    let mut out = io::stdout().lock();
    let listed: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let line = if args.ready_json {
        let first = listed.first().map_or("", String::as_str);
        let all = listed.iter().map(|address| format!("\"{address}\"")).collect::<Vec<_>>();
        format!(
            "{{\"event\":\"ready\",\"tcp\":\"{first}\",\"listeners\":[{}],\"store\":null}}",
            all.join(",")
        )
    } else {
        let reach = match addresses.iter().all(|address| address.ip().is_loopback()) {
            true => "this machine only",
            false => "open to other machines",
        };
        format!(
            "etalon {} listens on {} ({reach}); nothing is stored on disk",
            env!("CARGO_PKG_VERSION"),
            listed.join(" and ")
        )
    };
    // Whoever started the broker may have closed its end of the pipe.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn summary(counted: &Counters) {
    let mut line = format!(
        "etalon: stopped; {} connections accepted, {} messages received, {} delivered",
        counted.accepted, counted.published, counted.delivered
    );
    for (count, what) in [
        (counted.dropped, "dropped at QoS 0"),
        (counted.closed[Why::Broken as usize], "breaches"),
        (counted.overflowed, "sessions ended by overflow"),
    ] {
        if count > 0 {
            let _ = write!(line, ", {count} {what}");
        }
    }
    if io::stderr().is_terminal() || counted.accepted > 0 {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

fn add(sum: &mut Counters, more: &Counters) {
    for (total, count) in sum.closed.iter_mut().zip(more.closed) {
        *total += count;
    }
    sum.packets += more.packets;
    sum.accepted += more.accepted;
    sum.published += more.published;
    sum.delivered += more.delivered;
    sum.dropped += more.dropped;
    sum.reserved += more.reserved;
    sum.stray_acks += more.stray_acks;
    sum.subscriptions_refused += more.subscriptions_refused;
    sum.retained_refused += more.retained_refused;
    sum.overflowed += more.overflowed;
}

/// As many descriptors as the system allows; returns how many of them connections may have.
fn raise_descriptors() -> usize {
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    usize::try_from(limit.saturating_sub(DESCRIPTORS_KEPT)).unwrap_or(usize::MAX).max(1)
}

/// A number that nobody outside can foresee, from the standard library's own source of keys.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8)
}
