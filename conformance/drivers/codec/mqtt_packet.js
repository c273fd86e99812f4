// mqtt-packet (npm), both ways: `mqtt_packet.js encoder` or `mqtt_packet.js decoder`.

'use strict'

const readline = require('readline')
const mqtt = require('mqtt-packet')

const half = process.argv[2]
const answers = { encoder: encode, decoder: decode }
const names = {
  connect: 'CONNECT', connack: 'CONNACK', publish: 'PUBLISH', puback: 'PUBACK', pubrec: 'PUBREC',
  pubrel: 'PUBREL', pubcomp: 'PUBCOMP', subscribe: 'SUBSCRIBE', suback: 'SUBACK',
  unsubscribe: 'UNSUBSCRIBE', unsuback: 'UNSUBACK', pingreq: 'PINGREQ', pingresp: 'PINGRESP',
  disconnect: 'DISCONNECT'
}

if (!answers[half]) {
  console.error('usage: mqtt_packet.js encoder|decoder')
  process.exit(2)
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', (line) => {
    let answer
    try {
      answer = answers[half](line)
    } catch (error) {
      answer = JSON.stringify({ error: String(error.message) })
    }
    process.stdout.write(answer + '\n')
  })

function encode (line) {
  const p = JSON.parse(line)
  const packet = { cmd: p.packet.toLowerCase(), messageId: p.packet_id }
  switch (p.packet) {
    case 'CONNECT':
      if (p.will_topic === null && (p.will_qos || p.will_retain)) {
        return '{"unsupported":"flags of a Will without a Will"}'
      }
      Object.assign(packet, {
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: p.client_id,
        clean: p.clean_session,
        keepalive: p.keep_alive
      })
      if (p.will_topic !== null) {
        packet.will = {
          topic: p.will_topic,
          payload: Buffer.from(p.will_message, 'hex'),
          qos: p.will_qos,
          retain: p.will_retain
        }
      }
      if (p.user_name !== null) packet.username = p.user_name
      if (p.password !== null) packet.password = Buffer.from(p.password, 'hex')
      break
    case 'CONNACK':
      packet.sessionPresent = p.session_present
      packet.returnCode = p.return_code
      break
    case 'PUBLISH':
      Object.assign(packet, {
        dup: p.dup,
        qos: p.qos,
        retain: p.retain,
        topic: p.topic_name,
        payload: Buffer.from(p.payload, 'hex')
      })
      break
    case 'SUBSCRIBE':
      packet.subscriptions = p.requests.map((r) => ({ topic: r.topic_filter, qos: r.qos }))
      break
    case 'SUBACK':
      packet.granted = p.return_codes
      break
    case 'UNSUBSCRIBE':
      packet.unsubscriptions = p.topic_filters
      break
  }
  return mqtt.generate(packet).toString('hex')
}

function decode (line) {
  // A new parser each time: one that has met an error stays with it.
  const parser = mqtt.parser({ protocolVersion: 4 })
  let packet, failure
  parser.on('packet', (read) => { packet = packet || read })
  parser.on('error', (error) => { failure = failure || error })
  parser.parse(Buffer.from(line, 'hex'))
  if (packet) return JSON.stringify(fields(packet))
  if (failure) return JSON.stringify({ error: failure.message })
  return '{"incomplete":true}'
}

const hex = (data) => data === undefined || data === null ? null : Buffer.from(data).toString('hex')

function fields (packet) {
  const p = { packet: names[packet.cmd] }
  switch (packet.cmd) {
    case 'connect':
      return Object.assign(p, {
        client_id: packet.clientId,
        clean_session: packet.clean,
        keep_alive: packet.keepalive,
        will_topic: packet.will ? packet.will.topic : null,
        will_message: packet.will ? hex(packet.will.payload) : null,
        will_qos: packet.will ? packet.will.qos : 0,
        will_retain: packet.will ? packet.will.retain : false,
        user_name: packet.username === undefined ? null : packet.username,
        password: hex(packet.password)
      })
    case 'connack':
      return Object.assign(p, {
        session_present: packet.sessionPresent,
        return_code: packet.returnCode
      })
    case 'publish':
      return Object.assign(p, {
        dup: packet.dup,
        qos: packet.qos,
        retain: packet.retain,
        topic_name: packet.topic,
        packet_id: packet.qos > 0 ? packet.messageId : null,
        payload: hex(packet.payload)
      })
    case 'subscribe':
      p.requests = packet.subscriptions.map((s) => ({ topic_filter: s.topic, qos: s.qos }))
      break
    case 'suback':
      p.return_codes = packet.granted
      break
    case 'unsubscribe':
      p.topic_filters = packet.unsubscriptions
      break
    case 'pingreq':
    case 'pingresp':
    case 'disconnect':
      return p
  }
  p.packet_id = packet.messageId
  return p
}
