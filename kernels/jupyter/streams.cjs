/** What a cell prints, in messages of a sensible size: at most 20 a second, or one each 16 KB. */
const { TextDecoder } = require("node:util");

const interval = 50; // ms
const fullAt = 16_384; // characters

class Streams {
  /** @param send called with the stream's name ("stdout", "stderr") and a text */
  constructor(send) {
    this.send = send;
    this.name = "";
    this.text = "";
    this.since = 0;
    this.timer = null;
    this.decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  }

  /** Replaces what Node writes to, so that `console.log` and direct writes end in the notebook. */
  capture() {
    for (const name of ["stdout", "stderr"]) {
      process[name].write = (data, encoding, done) => {
        this.write(
          name,
          typeof data === "string" ? data : this.decoders[name].decode(data, { stream: true }),
        );
        const callback = typeof encoding === "function" ? encoding : done;
        if (callback) process.nextTick(callback);
        return true;
      };
    }
  }

  write(name, text) {
    if (text === "") return;
    if (name !== this.name && this.text !== "") this.flush();
    this.name = name;
    this.text += text;
    const now = Date.now();
    if (this.text.length >= fullAt || now - this.since >= interval) this.flush(now);
    else this.timer ??= setTimeout(() => this.flush(), interval);
  }

  /** Sends what waits: before any other message, so that the order of outputs is the order of events. */
  flush(now = Date.now()) {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.text === "") return;
    this.since = now;
    const { name, text } = this;
    this.text = "";
    this.send(name, text);
  }
}

module.exports = { Streams };
