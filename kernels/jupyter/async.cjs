/**
 * What lowered async functions and ES module imports call at run time.
 *
 * Each stretch of an async function between two awaits is one step of a generator, taken inside `step`, which an
 * interrupt can break (interrupt.cjs). Each function belongs to the cell that called it: when that cell is interrupted,
 * its waiting functions get the interruption at the `await` where they stand, and run their `finally` blocks.
 */
const { step, current, interruption } = require("./interrupt.cjs");

/** Where the async functions that an error passed through had been called, innermost first: error -> Errors made there. */
const callSites = new WeakMap();

function passedThrough(error, site) {
  if (error === null || typeof error !== "object") return;
  const sites = callSites.get(error) ?? [];
  callSites.set(error, [...sites, site]);
}

function __awaiter(self, args, _Promise, body) {
  const cell = current();
  const site = new Error("called here");
  return new Promise((resolve, reject) => {
    const generator = body.apply(self, args || []);
    let turn = 0; // a result that arrives after an interruption is of an earlier turn: nobody waits for it any more

    const advance = (method, value) => {
      turn += 1;
      cell?.waiting.delete(interruptHere);
      try {
        const result = step(cell, () => generator[method](value));
        if (result.done) {
          resolve(result.value);
          return;
        }
        const mine = turn;
        cell?.waiting.add(interruptHere);
        Promise.resolve(result.value).then(
          (next) => mine === turn && resume("next", next),
          (error) => mine === turn && resume("throw", error),
        );
      } catch (error) {
        passedThrough(error, site);
        reject(error);
      }
    };
    const resume = (method, value) => {
      const reason = cell && interruption(cell);
      if (reason) advance("throw", reason);
      else advance(method, value);
    };
    const interruptHere = () => advance("throw", cell.interruption);

    advance("next", undefined);
  });
}

/** Marks a value that an async generator awaits, as opposed to one that it yields. */
class Awaited {
  constructor(value) {
    this.value = value;
  }
}
const __await = (value) => new Awaited(value);

/** An async generator over a generator that yields `Awaited` for `await` and plain values for `yield`; calls queue up. */
function __asyncGenerator(self, args, body) {
  const generator = body.apply(self, args || []);
  let last = Promise.resolve();
  const call = (method) => (value) => {
    const run = () =>
      __awaiter(self, undefined, undefined, function* () {
        let result = generator[method](value);
        while (!result.done && result.value instanceof Awaited) {
          let next;
          try {
            next = yield result.value.value;
          } catch (error) {
            result = generator.throw(error);
            continue;
          }
          result = generator.next(next);
        }
        const settled = result.value instanceof Awaited ? yield result.value.value : yield result.value;
        return { value: settled, done: result.done };
      });
    const answer = last.then(run, run);
    last = answer.catch(() => {});
    return answer;
  };
  return {
    next: call("next"),
    throw: call("throw"),
    return: call("return"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** The async iterator of a value, or its plain iterator with promises awaited. */
function __asyncValues(iterable) {
  if (iterable[Symbol.asyncIterator]) return iterable[Symbol.asyncIterator]();
  const iterator = iterable[Symbol.iterator]();
  const lift = (method) => async (value) => {
    const result = iterator[method] ? iterator[method](value) : { done: true, value };
    return { done: result.done, value: await result.value };
  };
  return {
    next: lift("next"),
    return: lift("return"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** `yield*` over an async iterator: each of its results is awaited, then yielded. */
function* __asyncDelegator(iterator) {
  let method = "next";
  let value;
  for (;;) {
    const result = yield new Awaited(iterator[method](value));
    if (result.done) return result.value;
    try {
      value = yield result.value;
      method = "next";
    } catch (error) {
      if (!iterator.throw) throw error;
      method = "throw";
      value = error;
    }
  }
}

/** The properties of a record but those named. */
function __rest(record, names) {
  const taken = new Set(names.map((name) => (typeof name === "symbol" ? name : String(name))));
  return Object.fromEntries(
    Reflect.ownKeys(record)
      .filter((key) => !taken.has(key) && Object.prototype.propertyIsEnumerable.call(record, key))
      .map((key) => [key, record[key]]),
  );
}

/** `import * as x`: an ES module as it is; of a CommonJS module its properties, and itself as `default`. */
function __importStar(module) {
  if (module?.__esModule) return module;
  const namespace = {};
  for (const key in module) {
    if (key !== "default" && Object.hasOwn(module, key)) __createBinding(namespace, module, key);
  }
  Object.defineProperty(namespace, "default", { enumerable: true, value: module });
  return namespace;
}

const __importDefault = (module) => (module?.__esModule ? module : { default: module });

function __createBinding(target, source, key, name = key) {
  Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => source[key] });
}

/** `export * from`: what the module doesn't export itself. */
function __exportStar(source, target) {
  for (const key in source) {
    if (key !== "default" && !Object.hasOwn(target, key)) __createBinding(target, source, key);
  }
}

/** Decorators of a class or, with a key, of a member, the last first; each may return a replacement. */
function __decorate(decorators, target, key, kind) {
  const isMember = key !== undefined;
  const isMethod = isMember && kind === null;
  let result = isMethod ? Object.getOwnPropertyDescriptor(target, key) : isMember ? undefined : target;
  for (const decorate of [...decorators].reverse()) {
    result = (isMember ? decorate(target, key, result) : decorate(result)) || result;
  }
  if (isMember && result) Object.defineProperty(target, key, result);
  return result;
}

const __param = (index, decorate) => (target, key) => decorate(target, key, index);

module.exports = {
  callSites,
  __awaiter,
  __await,
  __asyncGenerator,
  __asyncValues,
  __asyncDelegator,
  __rest,
  __importStar,
  __importDefault,
  __createBinding,
  __exportStar,
  __decorate,
  __param,
};
