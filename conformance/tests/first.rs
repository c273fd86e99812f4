//! The thin line through everything: CONNECT, SUBSCRIBE, PUBLISH.

use etalon_conformance::say;
use etalon_conformance::world::World;
use etalon_spec as spec;

#[test]
fn a_message_reaches_its_subscriber() {
    spec::covers!(MQTT_4_5_0_1, MQTT_3_3_4_1);
    for workers in [1, 4] {
        let mut world = World::new(workers);
        let (sub, publisher) = (world.open(), world.open());
        world.send(sub, say::connect("sub").bytes());
        world.send(sub, say::subscribe(1, &[("a/+", 2)]));
        assert_eq!(world.received(sub), ["CONNACK accepted", "SUBACK id=1 2"]);
        world.send(publisher, say::connect("pub").bytes());
        world.send(publisher, say::publish("a/b", "hi").bytes());
        world.send(publisher, say::publish("a/b", "one").qos1(7).bytes());
        world.send(publisher, say::publish("a/b", "two").qos2(8).bytes());
        assert_eq!(world.received(publisher), ["CONNACK accepted", "PUBACK id=7", "PUBREC id=8"]);
        assert_eq!(
            world.received(sub),
            [
                "PUBLISH a/b \"hi\"",
                "PUBLISH a/b qos=1 id=1 \"one\"",
                "PUBLISH a/b qos=2 id=2 \"two\""
            ]
        );
    }
}
