import type { ActivationCache, Hook, HookName } from "../../../llm/model/hooks";
import { patch, type Region } from "../../../llm/model/patch";
import { resume } from "../../../llm/model/suffix";
import { tf } from "../../../tensor";
import type { PromptPair } from "../prompts/pairs";
import { chunks, groupedBy, rowsThatFit } from "./batches";
import { hooksOf, type PreparedPair, type PrepareOptions, preparePair, unpatched } from "./pair";
import { placeOf, SITE_HOOKS, type Site, siteName } from "./site";
import { type Answer, type AnswerOptions, answerReader, type Subject } from "./subject";

/** Where a path ends: chosen heads of one layer, or a vector of it. The model's output is resid_post of its last layer, last position. */
export interface Receiver extends Omit<Site, "head" | "sources"> {
  /** Query heads; absent: all. Of `k` and `v` they stand for the heads of keys and values that they read. */
  readonly heads?: readonly number[];
}

/**
 * `via`: the sender's change reaches the receiver along every path, through all layers between, as in the paper's repository. `direct`: all other heads of
 * all layers keep the values of the patched run, so that only the residual path from sender to receiver remains; the layers of the MLP stay open, unless
 * they are frozen too.
 */
export type PathMode = "via" | "direct";

export interface PathOptions extends AnswerOptions {
  readonly receiver: Receiver;
  readonly mode: PathMode;
  /** Of `direct`: whether the MLPs keep their values as well. Default: no. */
  readonly freezeMlp?: boolean;
  /** Runs that go side by side. Default: as many as memory is set aside for. */
  readonly batch?: number;
}

const SENDERS: readonly HookName[] = ["z", "resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"];
const RECEIVERS: readonly HookName[] = [...SENDERS, "q", "k", "v"];

/**
 * Runs a pair for path patching: by default corrupted activations go into the clean run, as in the paper's repository.
 * @param senders  the activations that senders will be
 * @throws as `preparePair`
 */
export function preparePaths(
  subject: Subject,
  pair: PromptPair,
  senders: readonly HookName[],
  { direction = "noising", ...options }: Pick<PrepareOptions, "direction" | "probabilities"> = {},
): PreparedPair {
  return preparePair(subject, pair, senders, { direction, targetHooks: ["z", "mlp_out"], ...options });
}

/**
 * What a sender does to the answer through one receiver. The target's run is made with the sender's activation of the source's run, and the receiver's
 * activation is recorded; then the target's run is made with nothing changed but the receiver's activation, as recorded.
 * @param prepared  by `preparePaths`
 * @param senders   each by itself; those of one activation that begin at one position run as one batch
 * @returns an answer a sender
 * @throws RangeError where a sender or receiver is none of the activations that can be one, or a sender is not below the receiver: its layer must be
 * smaller, of a receiver `resid_post` at most equal
 * @see the paper's repository, `methods.py`; `direct`: K. Wang et al., Interpretability in the Wild, 2023, arXiv:2211.00593
 */
export function pathPatch(
  subject: Subject,
  prepared: PreparedPair,
  senders: readonly Site[],
  { receiver, mode, freezeMlp = false, batch, ...options }: PathOptions,
): Answer[] {
  const { model } = subject;
  const { pair, source, target, targetCache } = prepared;
  const length = pair.clean.length;
  const reader = answerReader(subject, options);
  const end = receiverRegion(subject, receiver, pair);
  const places = senders.map((sender) => {
    checkPath(sender, receiver);
    if (source[sender.hook] === undefined)
      throw new Error(`The sender ${siteName(sender)}: the pair was not prepared for ${sender.hook}.`);
    return placeOf(model.config, sender, pair);
  });
  const unchanged = unpatched(subject, target, options);
  const found = senders.map(() => unchanged);
  const batches = groupedBy(places, (place) => place && `${place.hook} ${place.layer} ${place.first}`);
  for (const indices of batches.values()) {
    const sender = places[indices[0]];
    if (sender === undefined) continue;
    // Before the sender's first position the receiver is what it was.
    const positions = end.positions.filter((position) => position >= sender.first);
    if (positions.length === 0) continue;
    const frozen = mode === "direct" ? heldBetween(sender, receiver, freezeMlp, targetCache) : [];
    for (const rows of chunks(indices, batch ?? rowsThatFit(model.config, length - sender.first, length)))
      tf.tidy(() => {
        const variants = rows.length;
        const patched = hooksOf(
          rows.map((row) => places[row]!),
          source,
        );
        const changed = resume(model, target, {
          hooks: [...patched, ...frozen],
          first: sender.first,
          variants,
          answers: reader.tokens,
          cacheNames: [receiver.hook],
        });
        const value = wholeRun(changed.cache[receiver.hook]![receiver.layer], sender.first);
        const regions = rows.map(() => ({ ...end, positions }));
        const injected = patch({ name: receiver.hook, layer: receiver.layer, regions, value });
        const { logits } = resume(model, target, {
          hooks: [injected],
          first: positions[0],
          variants,
          answers: reader.tokens,
        });
        for (const [i, answer] of reader.read(logits).entries()) found[rows[i]] = answer;
      });
  }
  return found;
}

/** The receiver's positions and heads; of `k` and `v` the heads of keys and values that its query heads read. */
function receiverRegion({ model }: Subject, { heads, ...receiver }: Receiver, pair: PromptPair): Region {
  const known: readonly HookName[] = RECEIVERS;
  if (!known.includes(receiver.hook))
    throw new RangeError(`A receiver cannot be ${receiver.hook}; it can be ${RECEIVERS.join(", ")}.`);
  const each: readonly Site[] =
    heads === undefined ? [receiver] : heads.map((head) => ({ ...receiver, head }));
  const regions = each.flatMap((site) => placeOf(model.config, site, pair)?.region ?? []);
  const chosen = new Set(regions.flatMap((region) => region.heads ?? []));
  return {
    positions: regions[0]?.positions ?? [],
    heads: heads === undefined ? undefined : [...chosen],
  };
}

/** How deep an activation lies in the forward pass. */
function depth({ hook, layer }: Pick<Site, "hook" | "layer">): number {
  const order: readonly HookName[] = SITE_HOOKS;
  return layer * SITE_HOOKS.length + order.indexOf(hook);
}

function checkPath(sender: Site, receiver: Receiver): void {
  const known: readonly HookName[] = SENDERS;
  if (!known.includes(sender.hook))
    throw new RangeError(`A sender cannot be ${sender.hook}; it can be ${SENDERS.join(", ")}.`);
  const equal = receiver.hook === "resid_post";
  if (equal ? sender.layer <= receiver.layer : sender.layer < receiver.layer) return;
  throw new RangeError(
    `The sender ${siteName(sender)} is not below the receiver ${siteName(receiver)}: its layer must be ${equal ? "at most" : "smaller than"} ${receiver.layer}.`,
  );
}

/** Hooks that hold what lies between a sender and a receiver at the values of the target's run: z of all heads, and the MLPs if they are to be frozen. */
function heldBetween(
  sender: Pick<Site, "hook" | "layer">,
  receiver: Receiver,
  freezeMlp: boolean,
  cache: ActivationCache,
): Hook[] {
  const names: readonly HookName[] = freezeMlp ? ["z", "mlp_out"] : ["z"];
  return names.flatMap((hook) => {
    const values = cache[hook];
    if (values === undefined)
      throw new Error(`The pair was prepared without ${hook} of the patched run: use preparePaths.`);
    return values.flatMap((value, layer) => {
      const between = depth(sender) < depth({ hook, layer }) && depth({ hook, layer }) < depth(receiver);
      // The heads of the layer are what its attn_out is made of.
      const partOfReceiver = hook === "z" && receiver.hook === "attn_out" && layer === receiver.layer;
      return between && !partOfReceiver ? [held(hook, layer, value)] : [];
    });
  });
}

/** @param value of a whole run, [1, T, ..] */
function held(name: HookName, layer: number, value: tf.Tensor): Hook {
  return {
    name,
    layer,
    fn: (tensor, { first }) => {
      const begin = value.shape.map((_, axis) => (axis === 1 ? first : 0));
      return value.slice(begin).broadcastTo(tensor.shape);
    },
  };
}

/** Puts rows before the first that was computed, which nobody reads. @returns [B, T, ..] */
function wholeRun(computed: tf.Tensor, first: number): tf.Tensor {
  return tf.pad(
    computed,
    computed.shape.map((_, axis): [number, number] => [axis === 1 ? first : 0, 0]),
  );
}
