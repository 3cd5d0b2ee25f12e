/** The kernel's side of Jupyter's messaging protocol 5.3, on the sockets and the message format of tslab. */
const fs = require("node:fs");
const { inspect } = require("node:util");
const { Interrupted } = require("./interrupt.cjs");
const { Streams } = require("./streams.cjs");
const { describeError } = require("./traceback.cjs");

const drainTime = 30; // ms

/**
 * @param jupyter   tslab's protocol module, as mended
 * @param executor  runs the cells
 * @param root      the project's folder
 * @param exit      called once the client has asked for the end and has its answer
 */
function createServer(jupyter, executor, connectionFile, root, exit) {
  const { ZmqMessage, ZmqServer, JupyterHandlerImpl } = jupyter;

  return new (class extends ZmqServer {
    constructor() {
      super(new JupyterHandlerImpl(executor, false), connectionFile);
      this.executionCount = 0;
      this.waiting = []; // execute requests, first come first served
      this.running = false;
      this.closed = false;
      this.parent = null; // the request whose cell outputs go to, also after it ended
      this.streams = new Streams((name, text) => this.publish("stream", { name, text }));
      jupyter.lastWriteDisplayData = (data, update) => {
        this.streams.flush();
        this.publish(update ? "update_display_data" : "display_data", { metadata: {}, ...data });
      };
    }

    /** Closes the sockets once what they hold has left. What cells left running may still print, to nobody. */
    close() {
      this.streams.flush();
      this.closed = true;
      super.close();
    }

    send(socket, type, content, parent) {
      if (this.closed) return;
      const message = parent.createReply();
      message.header.msg_type = type;
      message.content = content;
      message.signAndSend(this.connInfo.key, socket);
    }

    publish(type, content, parent = this.parent) {
      if (parent) this.send(this.iopub, type, content, parent);
    }

    /** Every message on the shell and control sockets; tslab's own loop calls it. */
    async handleShellMessage(socket, ...frames) {
      let message;
      try {
        message = ZmqMessage.fromRaw(this.connInfo.key, frames);
      } catch (error) {
        fs.writeSync(2, `Ignored a message that is not Jupyter's: ${error.message}\n`);
        return;
      }
      if (message.header.msg_type === "execute_request") {
        this.waiting.push({ socket, message });
        await this.executeAll();
        return;
      }
      this.publish("status", { execution_state: "busy" }, message);
      try {
        const [type, content] = this.answer(message) ?? [];
        if (type) this.send(socket, type, content, message);
      } catch (error) {
        const { ename, evalue, traceback } = describeError(error, root);
        const type = message.header.msg_type.replace(/_request$/, "_reply");
        this.send(socket, type, { status: "error", ename, evalue, traceback }, message);
      } finally {
        this.publish("status", { execution_state: "idle" }, message);
      }
      if (message.header.msg_type === "shutdown_request") exit();
    }

    /** The reply to a request other than to execute: its type and content; undefined for what needs none. */
    answer({ header, content }) {
      const ok = { status: "ok" };
      switch (header.msg_type) {
        case "kernel_info_request":
          return ["kernel_info_reply", { ...ok, ...kernelInfo(this.handler.handleKernel()) }];
        case "is_complete_request":
          return ["is_complete_reply", this.handler.handleIsComplete(content)];
        case "inspect_request":
          return ["inspect_reply", this.handler.handleInspect(content)];
        case "complete_request":
          return ["complete_reply", this.handler.handleComplete(content)];
        case "comm_info_request":
          return ["comm_info_reply", { ...ok, comms: {} }];
        case "history_request":
          return ["history_reply", { ...ok, history: [] }];
        case "interrupt_request":
          executor.interrupt();
          return ["interrupt_reply", ok];
        case "shutdown_request":
          return ["shutdown_reply", { ...ok, restart: content.restart === true }];
        default:
          return undefined;
      }
    }

    async executeAll() {
      if (this.running) return;
      this.running = true;
      while (this.waiting.length > 0) {
        const { socket, message } = this.waiting.shift();
        this.publish("status", { execution_state: "busy" }, message);
        const reply = await this.execute(message);
        let dropped = [];
        if (reply.status === "error" && message.content.stop_on_error !== false) {
          // What was sent before this answer was sent in the belief that the cell would succeed.
          await new Promise((resolve) => setTimeout(resolve, drainTime));
          dropped = this.waiting.splice(0);
        }
        this.send(socket, "execute_reply", reply, message);
        this.publish("status", { execution_state: "idle" }, message);
        for (const request of dropped) this.abort(request);
      }
      this.running = false;
    }

    abort({ socket, message }) {
      this.publish("status", { execution_state: "busy" }, message);
      this.send(
        socket,
        "execute_reply",
        { status: "aborted", execution_count: this.executionCount },
        message,
      );
      this.publish("status", { execution_state: "idle" }, message);
    }

    /** Runs one cell, publishes its outputs, and returns the content of the reply. */
    async execute(message) {
      const { code, silent = false, store_history: keep = true } = message.content;
      this.parent = message;
      this.streams.capture();
      if (!silent && keep) this.executionCount += 1;
      const execution_count = this.executionCount;
      if (!silent) this.publish("execute_input", { code, execution_count });
      try {
        const { value } = await executor.execute(code, execution_count);
        this.streams.flush();
        if (value !== undefined && !silent) {
          const data = { "text/plain": describeValue(value) };
          this.publish("execute_result", { data, metadata: {}, execution_count });
        }
        return { status: "ok", execution_count, payload: [], user_expressions: {} };
      } catch (error) {
        const content = describeError(error, root);
        this.streams.flush();
        if (!silent) this.publish("error", content);
        return { status: "error", execution_count, ...content };
      }
    }

    /** Reports an error that no cell caught: it fails the running cell, or else shows below the last one. */
    report(error) {
      if (this.closed || error instanceof Interrupted || executor.reject(error)) return;
      this.streams.flush();
      const content = describeError(error, root);
      this.publish("error", content);
      fs.writeSync(2, `${content.traceback.join("\n")}\n`);
    }
  })();
}

function describeValue(value) {
  try {
    return inspect(value, { depth: 3, maxArrayLength: 50, breakLength: 100 });
  } catch (error) {
    return `[${typeof value} that cannot be shown: ${error?.message}]`;
  }
}

function kernelInfo(tslabInfo) {
  const { version } = require("@tslab/typescript-for-tslab");
  return {
    ...tslabInfo,
    implementation: "reprise",
    implementation_version: require("../../package.json").version,
    banner: `TypeScript ${version} on Node ${process.versions.node}`,
    language_info: {
      ...tslabInfo.language_info,
      version,
      mimetype: "application/typescript",
      pygments_lexer: "typescript",
    },
    help_links: [{ text: "TypeScript", url: "https://www.typescriptlang.org/docs/" }],
  };
}

module.exports = { createServer };
