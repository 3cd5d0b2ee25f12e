/**
 * Any number of messages can be sent in one synchronous loop.
 *
 * The binding refuses a second send while one waits, which happens after 512 sends without a turn of the event loop,
 * and a publisher drops what exceeds its high-water mark. Without waiting (`sendTimeout: 0`) and without a mark every
 * send goes straight to the library's own queue, in order, and leaves while the loop still runs.
 */
const options = "{ sendTimeout: 0, sendHighWaterMark: 0, linger: 1000 }";

module.exports = {
  file: "jupyter.js",
  edits: [
    { from: "new zmq.Publisher();", to: `new zmq.Publisher(${options});` },
    { from: "this.shell = new zmq.Router();", to: `this.shell = new zmq.Router(${options});` },
    { from: "this.control = new zmq.Router();", to: `this.control = new zmq.Router(${options});` },
    {
      from: "exports.ZmqServer = ZmqServer;",
      to: "exports.ZmqServer = ZmqServer;\nexports.ZmqMessage = ZmqMessage;",
    },
  ],
};
