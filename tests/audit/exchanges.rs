//! §2.3.1, §3.3.1.1, §4.3 and §4.6: the exchanges of one connection, in both directions.

use etalon::packet::Party::{self, Client, Server};
use etalon::spec::{self, Id};
use etalon::violation::Rule;

use crate::say::*;

fn same(left: Vec<Id>, right: &[Id]) {
    assert_eq!(left, right);
}

/// `sender` publishes, the other one acknowledges.
struct Way(Scene, Party);

impl Way {
    fn p(self, bytes: Vec<u8>) -> Way {
        match self.1 {
            Client => Way(self.0.c(bytes), Client),
            Server => Way(self.0.s(bytes), Server),
        }
    }

    fn a(self, bytes: Vec<u8>) -> Way {
        match self.1 {
            Client => Way(self.0.s(bytes), Client),
            Server => Way(self.0.c(bytes), Server),
        }
    }

    #[track_caller]
    fn sender(self, id: Id) {
        same(self.0.breaches(self.1), &[id]);
    }

    #[track_caller]
    fn receiver(self, id: Id) {
        same(self.0.breaches(if self.1 == Client { Server } else { Client }), &[id]);
        same(self.0.breaches(self.1), &[]);
    }

    #[track_caller]
    fn clean(self) {
        self.0.clean();
    }
}

fn both(play: impl Fn(&dyn Fn() -> Way)) {
    for sender in [Client, Server] {
        play(&|| Way(fresh(), sender));
    }
}

fn p1(flags: u8, id: u8, payload: &str) -> Vec<u8> {
    publish(flags, 1, id, "t", payload)
}

fn p2(flags: u8, id: u8, payload: &str) -> Vec<u8> {
    publish(flags, 2, id, "t", payload)
}

#[test]
fn sending_again_on_the_same_connection_is_legal_with_dup() {
    spec::covers!(MQTT_3_3_1_1, MQTT_4_3_2_2, MQTT_4_3_3_2);
    both(|way| {
        way().p(p1(0, 1, "x")).p(p1(DUP, 1, "x")).a(ack(4, 1)).a(ack(4, 1)).clean();
        way().p(p1(0, 1, "x")).a(ack(4, 1)).p(p1(DUP, 1, "x")).a(ack(4, 1)).clean();
        way().p(p1(0, 1, "x")).p(p1(0, 1, "x")).sender(Id::MQTT_3_3_1_1);
        way().p(p2(0, 1, "x")).a(ack(5, 1)).p(p2(DUP, 1, "x")).a(ack(5, 1)).clean();
        way().p(p2(0, 1, "x")).a(ack(5, 1)).p(p2(0, 1, "x")).sender(Id::MQTT_3_3_1_1);
        let released = || way().p(p2(0, 1, "x")).a(ack(5, 1)).p(ack(6, 1));
        released().p(ack(6, 1)).a(ack(7, 1)).a(ack(7, 1)).clean();
        released().p(p2(DUP, 1, "x")).sender(Id::MQTT_4_3_3_1);
    });
}

#[test]
fn an_acknowledgement_may_be_late_for_what_had_the_identifier_before() {
    spec::covers!(MQTT_4_3_2_2, MQTT_4_3_3_2);
    both(|way| {
        let again = || way().p(p1(0, 1, "x")).p(p1(DUP, 1, "x")).a(ack(4, 1));
        again().p(p2(0, 1, "y")).a(ack(4, 1)).a(ack(5, 1)).p(ack(6, 1)).a(ack(7, 1)).clean();
        again().p(p2(0, 1, "y")).a(ack(4, 1)).a(ack(4, 1)).receiver(Id::MQTT_4_3_3_2);
    });
}

#[test]
fn dup_on_a_first_attempt_is_a_breach_of_the_server_alone() {
    spec::covers!(MQTT_3_3_1_3);
    fresh().s(p1(DUP, 1, "x")).server(Id::MQTT_3_3_1_3);
    fresh().s(p1(0, 1, "x")).c(ack(4, 1)).s(p1(DUP, 1, "y")).server(Id::MQTT_3_3_1_3);
    opened(false, true, 0).s(p1(DUP, 1, "x")).clean();
    fresh().c(p1(DUP, 1, "x")).clean();
}

#[test]
fn an_identifier_is_free_only_after_the_last_acknowledgement() {
    spec::covers!(MQTT_2_3_1_2, MQTT_2_3_1_4);
    both(|way| {
        way().p(p1(0, 1, "x")).a(ack(4, 1)).p(p1(0, 1, "y")).a(ack(4, 1)).clean();
        let id = if way().1 == Client { Id::MQTT_2_3_1_2 } else { Id::MQTT_2_3_1_4 };
        way().p(p1(0, 1, "x")).p(p1(0, 1, "y")).sender(id);
        way().p(p2(0, 1, "x")).a(ack(5, 1)).p(p2(0, 1, "y")).sender(id);
        way().p(p2(0, 1, "x")).a(ack(5, 1)).p(ack(6, 1)).p(p1(0, 1, "y")).sender(id);
        let over = || way().p(p2(0, 1, "x")).a(ack(5, 1)).p(ack(6, 1)).a(ack(7, 1));
        over().p(p2(0, 1, "x")).a(ack(5, 1)).p(ack(6, 1)).a(ack(7, 1)).clean();
        over().p(p1(0, 1, "y")).a(ack(4, 1)).clean();
    });
}

#[test]
fn an_acknowledgement_repeats_the_identifier() {
    spec::covers!(MQTT_2_3_1_6, MQTT_4_3_2_2, MQTT_4_3_3_2);
    both(|way| {
        way().p(p1(0, 1, "x")).a(ack(4, 2)).receiver(Id::MQTT_2_3_1_6);
        way().p(p2(0, 1, "x")).a(ack(5, 2)).receiver(Id::MQTT_2_3_1_6);
        way().p(p2(0, 1, "x")).a(ack(4, 1)).receiver(Id::MQTT_4_3_3_2);
        way().p(p1(0, 1, "x")).a(ack(5, 1)).receiver(Id::MQTT_4_3_2_2);
        way().p(p2(0, 1, "x")).a(ack(5, 1)).a(ack(7, 1)).receiver(Id::MQTT_4_3_3_2);
        let twice = way().p(p1(0, 1, "x")).a(ack(4, 1)).a(ack(4, 1)).0;
        same(twice.breaches(Client), &[]);
        same(twice.breaches(Server), &[]);
    });
    opened(false, true, 0).c(ack(4, 9)).c(ack(5, 9)).s(ack(6, 9)).c(ack(7, 9)).clean();
}

#[test]
fn a_wrong_acknowledgement_completes_nothing() {
    spec::covers!(MQTT_4_3_2_1, MQTT_4_3_3_1);
    fresh().s(p1(0, 1, "x")).c(ack(5, 1)).client(Id::MQTT_4_3_2_2);
    fresh().s(p1(0, 1, "x")).c(ack(5, 1)).s(p1(0, 1, "y")).server(Id::MQTT_4_3_2_1);
    fresh().s(p2(0, 1, "x")).c(ack(4, 1)).client(Id::MQTT_4_3_3_2);
    fresh().s(p2(0, 1, "x")).c(ack(4, 1)).s(p2(0, 1, "y")).server(Id::MQTT_4_3_3_1);
    fresh().s(p2(0, 1, "x")).c(ack(7, 1)).s(p2(0, 1, "y")).server(Id::MQTT_4_3_3_1);
}

#[test]
fn pubrel_follows_pubrec_and_a_stray_pubrec_may_get_one() {
    spec::covers!(MQTT_4_3_3_1);
    both(|way| {
        way().p(p2(0, 1, "x")).p(ack(6, 1)).sender(Id::MQTT_4_3_3_1);
        way().p(ack(6, 1)).sender(Id::MQTT_4_3_3_1);
    });
    let stray = || fresh().c(ack(5, 9));
    stray().s(ack(6, 9)).client(Id::MQTT_2_3_1_6);
    stray().client(Id::MQTT_2_3_1_6);
    opened(false, true, 0).s(ack(6, 9)).clean();
    opened(false, false, 0).c(ack(6, 9)).s(ack(7, 9)).clean();
}

#[test]
fn a_client_acknowledges_in_order_and_a_server_need_not() {
    spec::covers!(MQTT_4_6_0_2, MQTT_4_6_0_3);
    fresh().s(p1(0, 1, "x")).s(p1(0, 2, "y")).c(ack(4, 1)).c(ack(4, 2)).clean();
    fresh().s(p1(0, 1, "x")).s(p1(0, 2, "y")).c(ack(4, 2)).clean();
    let crossed = fresh().s(p1(0, 1, "x")).s(p1(0, 2, "y")).c(ack(4, 2)).c(ack(4, 1));
    crossed.client(Id::MQTT_4_6_0_2);
    let crossed = fresh().s(p2(0, 1, "x")).s(p2(0, 2, "y")).c(ack(5, 2)).c(ack(5, 1));
    crossed.client(Id::MQTT_4_6_0_3);
    let crossed = fresh().c(p1(0, 1, "x")).c(p1(0, 2, "y")).s(ack(4, 2)).s(ack(4, 1));
    crossed.remarks(&[Rule::AnswerOrder]);
    let crossed = fresh().c(p2(0, 1, "x")).c(p2(0, 2, "y")).s(ack(5, 2)).s(ack(5, 1));
    crossed.remarks(&[Rule::AnswerOrder]);
}

#[test]
fn pubrels_go_in_the_order_of_the_pubrecs() {
    spec::covers!(MQTT_4_6_0_4, MQTT_4_6_0_6);
    both(|way| {
        let id = if way().1 == Client { Id::MQTT_4_6_0_4 } else { Id::MQTT_4_6_0_6 };
        let begun = || way().p(p2(0, 1, "x")).p(p2(0, 2, "y")).a(ack(5, 1)).a(ack(5, 2));
        begun().p(ack(6, 1)).p(ack(6, 2)).a(ack(7, 1)).a(ack(7, 2)).clean();
        begun().p(ack(6, 2)).p(ack(6, 1)).sender(id);
    });
}

#[test]
fn every_publish_and_every_pubrel_gets_its_answer() {
    spec::covers!(MQTT_3_3_4_1, MQTT_4_3_2_2, MQTT_4_3_3_2);
    fresh().c(p1(0, 1, "x")).settled().settled().server(Id::MQTT_4_3_2_2);
    fresh().c(p1(0, 1, "x")).c(p1(DUP, 1, "x")).s(ack(4, 1)).settled().server(Id::MQTT_4_3_2_2);
    fresh().c(p1(0, 1, "x")).s(ack(4, 1)).c(p1(0, 1, "x")).settled().server(Id::MQTT_4_3_2_2);
    fresh().c(p2(0, 1, "x")).settled().server(Id::MQTT_4_3_3_2);
    let repeated = || fresh().c(p2(0, 1, "x")).s(ack(5, 1)).c(p2(DUP, 1, "x"));
    repeated().settled().server(Id::MQTT_4_3_3_2);
    repeated().s(ack(5, 1)).settled().clean();
    let released = || fresh().c(p2(0, 1, "x")).s(ack(5, 1)).c(ack(6, 1));
    released().settled().server(Id::MQTT_4_3_3_2);
    released().s(ack(7, 1)).settled().clean();
    released().s(ack(7, 1)).c(ack(6, 1)).settled().server(Id::MQTT_4_3_3_2);
    fresh().c(p2(0, 1, "x")).s(ack(5, 1)).settled().clean();
    fresh().c(publish(0, 0, 0, "t", "x")).settled().clean();
}

#[test]
fn a_pubrec_gets_its_pubrel() {
    spec::covers!(MQTT_4_3_3_1);
    let received = || fresh().s(p2(0, 1, "x")).c(ack(5, 1));
    received().settled().settled().server(Id::MQTT_4_3_3_1);
    received().s(ack(6, 1)).settled().clean();
    let again = || received().s(ack(6, 1)).c(ack(5, 1));
    again().settled().remarks(&[Rule::RepeatUnanswered]);
    again().s(ack(6, 1)).settled().remarks(&[]);
    fresh().s(p2(0, 1, "x")).settled().clean();
    fresh().s(p1(0, 1, "x")).settled().clean();
    opened(false, true, 0).c(ack(5, 9)).settled().clean();
}
