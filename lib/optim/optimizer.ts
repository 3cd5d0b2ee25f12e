import { tf } from "../tensor";
import { flattenTree, mapTree, type Tree } from "../tensor/tree";
import { clipByGlobalNorm } from "./clip";
import { type Schedule, toSchedule } from "./schedules";

/** Parameters: a nested record or array whose leaves are variables. */
export type ParameterTree = Tree<tf.Variable>;

/** Options every optimiser has. */
export interface OptimizerOptions {
  /** Step size, fixed or as a function of the number of updates made. */
  readonly learningRate: number | Schedule;
  /** Clip the gradients to this global norm before the update; absent: no clipping. */
  readonly clipNorm?: number;
  /** Which parameters weight decay touches, by their path in the tree ("blocks.0.norm.gain"); default all. */
  readonly decays?: (path: string) => boolean;
}

/**
 * An optimiser bound to the parameters it moves. All of its state is in variables, so a whole step can be compiled:
 * `compile((batch) => optimizer.step(() => loss(batch)))`.
 */
export interface Optimizer<Slot extends string = string> {
  /** One update: evaluates the scalar loss, differentiates it, moves the parameters. Returns the loss before it. */
  step(loss: () => tf.Scalar): tf.Scalar;
  /** Moves the parameters by gradients in the order of `parameters`; null leaves a parameter as it is. */
  apply(gradients: readonly (tf.Tensor | null)[]): void;
  /** Loss and its gradient for every parameter, in the order of `parameters`; null where the loss does not reach. */
  gradients(loss: () => tf.Scalar): { loss: tf.Scalar; gradients: (tf.Tensor | null)[] };
  /** The variables in the order of `flattenTree`. */
  readonly parameters: readonly tf.Variable[];
  /** `count`: updates made (float32 scalar). `slots`: running averages, each a tree of the parameters' structure. */
  readonly state: { readonly count: tf.Variable; readonly slots: Readonly<Record<Slot, ParameterTree>> };
  /** Forget all running averages and start counting from 0. */
  reset(): void;
  /** Free the state. The parameters stay. */
  dispose(): void;
}

/** What one parameter's update sees. */
export interface UpdateContext<Slot extends string> {
  readonly parameter: tf.Variable;
  readonly gradient: tf.Tensor;
  readonly slots: Readonly<Record<Slot, tf.Variable>>;
  /** Whether weight decay applies to this parameter. */
  readonly decays: boolean;
}

/** What all parameters of one update share. */
export interface UpdateClock {
  readonly learningRate: tf.Scalar;
  /** 1 at the first update: PyTorch's t. */
  readonly step: tf.Scalar;
}

/** What distinguishes one optimiser from another: its running averages and its formula. */
export interface UpdateRule<Slot extends string> {
  /** Name and initial value of each running average. */
  readonly slots: Readonly<Record<Slot, number>>;
  /** Called once an update; what it returns is called for each parameter, and assigns it and its slots. */
  update(clock: UpdateClock): (context: UpdateContext<Slot>) => void;
}

/** Build an optimiser from its update rule; what all optimisers share is here. */
export function createOptimizer<Slot extends string>(
  params: ParameterTree,
  rule: UpdateRule<Slot>,
  { learningRate, clipNorm, decays = () => true }: OptimizerOptions,
): Optimizer<Slot> {
  const schedule = toSchedule(learningRate);
  const leaves = leavesOf(params);
  if (leaves.length === 0) throw new Error("An optimiser needs at least one parameter; the tree has none.");
  const parameters = leaves.map(([, variable]) => variable);
  const decaying = leaves.map(([path]) => decays(path));
  const names = Object.keys(rule.slots) as Slot[];
  const count = tf.tidy(() => tf.variable(tf.scalar(0), false));
  const slots = Object.fromEntries(
    names.map((name) => [
      name,
      mapTree((variable: tf.Tensor) => filled(variable, rule.slots[name]), params as object),
    ]),
  ) as Record<Slot, ParameterTree>;
  const buffers = new Map(names.map((name) => [name, leavesOf(slots[name]).map(([, buffer]) => buffer)]));

  function gradients(loss: () => tf.Scalar): { loss: tf.Scalar; gradients: (tf.Tensor | null)[] } {
    const { value, grads } = tf.variableGrads(loss, [...parameters]);
    return { loss: value, gradients: parameters.map((variable) => grads[variable.name] ?? null) };
  }

  function apply(all: readonly (tf.Tensor | null)[]): void {
    if (all.length !== parameters.length) {
      throw new Error(`apply: ${parameters.length} parameters but ${all.length} gradients.`);
    }
    tf.tidy(() => {
      const reached = parameters.flatMap((_, index) => (all[index] === null ? [] : [index]));
      const raw = reached.map((index) => all[index] as tf.Tensor);
      const clipped = clipNorm === undefined ? raw : clipByGlobalNorm(raw, clipNorm).gradients;
      const step = count.add<tf.Scalar>(1);
      const update = rule.update({ learningRate: schedule(count as unknown as tf.Scalar), step });
      reached.forEach((index, position) => {
        update({
          parameter: parameters[index],
          gradient: clipped[position],
          slots: Object.fromEntries(names.map((name) => [name, buffers.get(name)![index]])) as Record<
            Slot,
            tf.Variable
          >,
          decays: decaying[index],
        });
      });
      count.assign(step);
    });
  }

  return {
    parameters,
    state: { count, slots },
    gradients,
    apply,
    step(loss) {
      return tf.tidy(() => {
        const result = gradients(loss);
        apply(result.gradients);
        return result.loss;
      });
    },
    reset() {
      tf.tidy(() => {
        count.assign(tf.scalar(0));
        for (const name of names) {
          for (const buffer of buffers.get(name)!) buffer.assign(tf.fill(buffer.shape, rule.slots[name]));
        }
      });
    },
    dispose() {
      count.dispose();
      for (const name of names) for (const buffer of buffers.get(name)!) buffer.dispose();
    },
  };
}

/** `flattenTree`, whose types do not end on a tree of unknown depth. */
function leavesOf(params: ParameterTree): [path: string, variable: tf.Variable][] {
  return flattenTree(params as object) as [string, tf.Variable][];
}

function filled(variable: tf.Tensor, value: number): tf.Variable {
  return tf.tidy(() => tf.variable(tf.fill(variable.shape, value), false));
}
