//! One turn at a time, with the inputs in an order that a real network gives only by chance.
//!
//! The socket is real, on the loopback, but nothing is read from it: the tests say what came.

use std::io::Read;
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::client::Config;

/// Remembers what happened.
#[derive(Default)]
struct Witness {
    events: Vec<String>,
    settled: usize,
}

impl Role for Witness {
    fn event(&mut self, _: &mut Client, _: Instant, event: Event) {
        self.events.push(format!("{event:?}"));
    }

    fn turn(&mut self, _: &mut Client, _: Instant, _: &mut Inputs) -> Flow {
        Flow::Wait
    }

    fn settle(&mut self) -> Result<(), Exit> {
        self.settled = self.events.len();
        Ok(())
    }

    fn line(&mut self, _: &mut Client, _: Instant, _: Line) {}

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn on_loss(&self, _: &Client) -> OnLoss {
        OnLoss::Again
    }

    fn interrupted(&self, signal: i32) -> Exit {
        exit::signalled(signal)
    }
}

fn client(keep_alive: u16) -> Client {
    let config = Config {
        client_id: "c".into(),
        keep_session: false,
        keep_alive,
        will: None,
        login: None,
        in_flight_max: 20,
        describe: false,
    };
    Client::new(config).unwrap()
}

fn with_run(test: impl FnOnce(&mut Run<'_>, &mut Witness, TcpStream)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server {
        host: address.ip().to_string(),
        port: address.port(),
        nodelay: false,
        keep_alive: None,
    };
    let mut client = client(0);
    let stream = TcpStream::connect(address).unwrap();
    let (peer, _) = listener.accept().unwrap();
    // What is missing fails a test instead of hanging it.
    peer.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut run = Run {
        server: &server,
        client: &mut client,
        voice: Voice::Quiet,
        inputs: Inputs::new().unwrap(),
        began: std::time::Instant::now(),
        link: Link::Opening(1),
        deaf: None,
        accepted: false,
    };
    let mut witness = Witness::default();
    assert_eq!(run.input(&mut witness, Input::Opened(1, stream)), Ok(()));
    test(&mut run, &mut witness, peer);
}

fn bytes(number: Number, bytes: &[u8]) -> Input {
    Input::Bytes(number, bytes.to_vec())
}

#[test]
fn what_came_before_a_loss_counts() {
    with_run(|run, witness, _peer| {
        let packets = [&b"\x20\x02\x00\x00"[..], b"\x30\x03\x00\x01t"].concat();
        assert_eq!(run.input(witness, bytes(1, &packets)), Ok(()));
        assert_eq!(run.input(witness, Input::Lost(1, "gone".into())), Ok(()));
        assert_eq!(witness.events.len(), 2, "{:?}", witness.events);
        assert_eq!(witness.settled, 2);
        assert!(matches!(run.link, Link::Pausing(_)));
    });
}

#[test]
fn a_late_word_about_an_old_connection_is_ignored() {
    with_run(|run, witness, _peer| {
        assert_eq!(run.input(witness, bytes(0, b"\x20\x02\x00\x00")), Ok(()));
        assert_eq!(run.input(witness, Input::Lost(0, "gone".into())), Ok(()));
        assert_eq!(run.events(witness), Ok(()));
        assert_eq!(witness.events, [""; 0]);
        assert!(matches!(run.link, Link::Up(1, _)));
    });
}

#[test]
fn without_a_first_connack_a_loss_is_the_end() {
    with_run(|run, witness, _peer| {
        let end = run.input(witness, Input::Lost(1, "gone".into()));
        assert_eq!(end, Err(exit::UNREACHABLE));
    });
}

#[test]
fn what_came_before_a_breach_counts() {
    with_run(|run, witness, _peer| {
        let packets = [&b"\x20\x02\x00\x00"[..], b"\x30\x03\x00\x01t", b"\xf0\x00"].concat();
        assert_eq!(run.input(witness, bytes(1, &packets)), Ok(()));
        assert_eq!(run.events(witness), Err(exit::FAILED));
        assert_eq!((witness.events.len(), witness.settled), (2, 2));
        assert!(matches!(run.link, Link::Down));
    });
}

/// Nothing can be written from here on.
fn deafen(run: &Run<'_>) {
    if let Link::Up(_, watch) = &run.link {
        link::cut(watch.stream());
    }
}

#[test]
fn the_last_word_of_a_server_that_does_not_listen_is_heard() {
    with_run(|run, witness, _peer| {
        deafen(run);
        run.transmit();
        assert!(run.deaf.is_some() && matches!(run.link, Link::Up(1, _)));
        assert_eq!(run.input(witness, bytes(1, b"\x20\x02\x00\x05")), Ok(()));
        assert_eq!(run.input(witness, Input::Lost(1, "gone".into())), Err(Exit(5)));
    });
}

#[test]
fn a_message_that_cannot_be_written_at_the_end_is_a_failure() {
    let leave = |payload: Option<&[u8]>| {
        let mut exit = None;
        with_run(|run, witness, _peer| {
            run.transmit();
            assert_eq!(run.input(witness, bytes(1, b"\x20\x02\x00\x00")), Ok(()));
            assert_eq!(run.events(witness), Ok(()));
            if let Some(payload) = payload {
                let qos = etalon::packet::Qos::AtMostOnce;
                run.client.publish(run.now(), &"t".into(), payload.into(), qos, false).unwrap();
            }
            deafen(run);
            exit = Some(run.leave(exit::OK));
        });
        exit.unwrap()
    };
    assert_eq!(leave(Some(b"x")), exit::UNREACHABLE);
    assert_eq!(leave(None), exit::OK);
}

#[test]
fn a_server_that_takes_no_more_bytes_is_a_lost_one() {
    with_run(|run, witness, _peer| {
        run.transmit();
        assert_eq!(run.input(witness, bytes(1, b"\x20\x02\x00\x00")), Ok(()));
        assert_eq!(run.events(witness), Ok(()));
        if let Link::Up(_, watch) = &run.link {
            watch.stream().set_write_timeout(Some(std::time::Duration::from_millis(1))).unwrap();
        }
        let payload = vec![0; 50_000_000].into();
        let qos = etalon::packet::Qos::AtLeastOnce;
        run.client.publish(run.now(), &"t".into(), payload, qos, false).unwrap();
        run.transmit();
        let told = run.deaf.take().unwrap();
        assert_eq!(told, format!("{}: the server takes no more bytes", run.server));
    });
}

#[test]
fn a_sign_of_life_that_has_come_counts_before_patience_ends() {
    with_run(|run, witness, _peer| {
        // CONNACK has come, but was not read before its time was over.
        run.began -= std::time::Duration::from_secs(11);
        run.client.opened(Instant::START);
        assert_eq!(run.input(witness, bytes(1, b"\x20\x02\x00\x00")), Ok(()));
        assert!(run.turn(witness, 1).is_ok());
        assert!(run.accepted);
    });
}

#[test]
fn patience_does_not_end_while_there_is_more_to_read() {
    with_run(|run, witness, _peer| {
        run.began -= std::time::Duration::from_secs(11);
        run.client.opened(Instant::START);
        assert!(run.turn(witness, INPUTS_A_TURN + 1).is_ok());
        assert_eq!(run.turn(witness, INPUTS_A_TURN).err(), Some(exit::UNREACHABLE));
    });
}

#[test]
fn a_flood_does_not_hold_pingreq_back() {
    etalon::spec::covers!(MQTT_3_1_2_23);
    with_run(|run, witness, mut peer| {
        *run.client = client(20);
        run.client.opened(run.now());
        assert_eq!(run.input(witness, bytes(1, b"\x20\x02\x00\x00")), Ok(()));
        assert!(run.turn(witness, 1).is_ok());
        run.began -= std::time::Duration::from_secs(15);
        assert!(run.turn(witness, INPUTS_A_TURN + 1).is_ok());
        let mut sent = [0; 17];
        peer.read_exact(&mut sent).unwrap();
        assert_eq!((sent[0], &sent[15..]), (0x10, &b"\xc0\x00"[..]));
    });
}
