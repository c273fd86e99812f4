// aedes as it comes, listening on the port that is its argument. Found by NODE_PATH.
const { Aedes } = require("aedes");
const { createServer } = require("node:net");

Aedes.createBroker().then((broker) => {
  createServer(broker.handle).listen(Number(process.argv[2]), "127.0.0.1");
});
