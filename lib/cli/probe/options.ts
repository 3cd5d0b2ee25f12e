import { PUBLISHED_PROBE, REWRITER_SETTINGS, type RewriterSettings } from "../../papers/olymmath";
import { CommandError } from "../errors";
import { type EvalOptions, type EvalRequest, parseEvalOptions } from "../eval/options";
import { wholeNumber } from "../numbers";

/** The options of `reprise probe olymmath` as they are typed. */
export interface ProbeCommandOptions
  extends Pick<
    EvalOptions,
    "model" | "name" | "apiKeyEnv" | "set" | "problems" | "seed" | "concurrency" | "out" | "dryRun"
  > {
  readonly rewriter?: string;
  readonly rewriterName?: string;
  readonly rewriterApiKeyEnv?: string;
  readonly rewrites?: string;
  readonly rewriteTokens?: string;
  readonly rewritesFile?: string;
}

/** Which model, and what is to be known to use it. */
export interface ModelRequest extends Pick<EvalRequest, "choice"> {
  readonly options: Pick<EvalOptions, "name" | "apiKeyEnv">;
}

/** What a person asks for, checked. */
export interface ProbeRequest extends Pick<EvalRequest, "sets" | "problems" | "concurrency"> {
  readonly model: ModelRequest;
  /** Default: the model itself. */
  readonly rewriter?: ModelRequest;
  /** Of each problem. */
  readonly rewrites: number;
  /** Of places and rewritings. */
  readonly seed: number;
  readonly rewriting: RewriterSettings;
}

/** Tokens of a rewriting of a model in this process: these are small, and some find no end. */
const LOCAL_REWRITE_TOKENS = 512;

/** @throws CommandError for an option that is missing, not what it should be, or of no use beside another */
export function parseProbeOptions(options: ProbeCommandOptions): ProbeRequest {
  const { model, name, apiKeyEnv, set, problems, seed, concurrency } = options;
  const request = parseEvalOptions({ model, name, apiKeyEnv, set, problems, seed, concurrency });
  const asked = { choice: usable(request.choice), options: { name, apiKeyEnv } };
  const rewriter = rewriterOf(options);
  const whole = (text: string | undefined, option: string, usual: number) =>
    text === undefined ? usual : wholeNumber(text, option, 1);
  const isLocal = (rewriter ?? asked).choice.kind !== "server";
  const mostTokens = isLocal ? LOCAL_REWRITE_TOKENS : REWRITER_SETTINGS.maxTokens;
  return {
    ...{ sets: request.sets, problems: request.problems, concurrency: request.concurrency },
    ...{ model: asked, rewriter, seed: request.settings.seed },
    rewrites: whole(options.rewrites, "--rewrites", PUBLISHED_PROBE.rewrites),
    rewriting: {
      ...REWRITER_SETTINGS,
      maxTokens: whole(options.rewriteTokens, "--rewrite-tokens", mostTokens),
    },
  };
}

function rewriterOf({
  rewriter,
  rewriterName: name,
  rewriterApiKeyEnv: apiKeyEnv,
  set,
}: ProbeCommandOptions): ModelRequest | undefined {
  if (rewriter === undefined) {
    if (name !== undefined || apiKeyEnv !== undefined)
      throw new CommandError("--rewriter-name and --rewriter-api-key-env need --rewriter");
    return undefined;
  }
  try {
    const { choice } = parseEvalOptions({ model: rewriter, name, apiKeyEnv, set });
    return { choice: usable(choice), options: { name, apiKeyEnv } };
  } catch (error) {
    throw ofRewriter(error);
  }
}

function usable(choice: EvalRequest["choice"]): EvalRequest["choice"] {
  if (choice.kind === "in-house")
    throw new CommandError("the in-house model knows its own made-up problems only: it can't be probed", [
      "--model takes the URL of a server, FILE.gguf, or smollm2",
    ]);
  return choice;
}

/** An error about the rewriter, with the rewriter's own options; others stay as they are. */
export function ofRewriter(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  const own = (text: string) =>
    text.replaceAll("--model", "--rewriter").replace(/--(name|api-key-env)\b/g, "--rewriter-$1");
  return new CommandError(`the rewriter: ${own(error.message)}`, error.remedies.map(own));
}
