import { tf } from "../lib/tensor";
import { type Spread, spread } from "./statistics";
import { type Closing, isolatedSubject, localSubject, type Subject, torchSubjectProcess } from "./subject";
import {
  type Bar,
  type Benchmark,
  DEFAULT_ALLOCATOR,
  type Figures,
  torchSubject,
  type Work,
} from "./workload";

export interface Settings {
  /** Seconds that the alternating rounds of one benchmark and size may take, at least three rounds. */
  readonly seconds: number;
  /** The Python that has PyTorch; absent: PyTorch is not measured. */
  readonly python?: string;
  /** Where to say what is being done. */
  readonly progress: (text: string) => void;
}

/** One line of the table. */
export interface Row {
  readonly subject: string;
  /** Seconds a run. */
  readonly seconds: Spread;
  /** Its time over that of the first subject, round by round. */
  readonly ratio: Spread;
  readonly firstSeconds: number;
  readonly peakBytes?: number;
  readonly baseBytes?: number;
  /** "xla" or "graph", and ops in the graph, of a compiled subject. */
  readonly traced?: string;
}

export interface Verdict {
  readonly text: string;
  readonly value: string;
  readonly pass: boolean;
}

export interface Outcome {
  readonly benchmark: string;
  readonly title: string;
  readonly size: number;
  readonly sizeName?: string;
  readonly work?: Work;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly bars: readonly Verdict[];
  /** Tensors alive after the benchmark less those before it: 0 unless something leaks. */
  readonly leakedTensors: number;
}

const WARM_UP = 3;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 200;
const MEMORY_RUNS = 20;

/** Times all subjects of a benchmark in turn, round after round, so that what slows the machine down slows them all. */
export async function runBenchmark(benchmark: Benchmark, size: number, settings: Settings): Promise<Outcome> {
  const before = tf.memory().numTensors;
  const subjects = await startSubjects(benchmark, size, settings);
  for (const subject of subjects) for (let i = 0; i < WARM_UP; i++) await subject.sample(benchmark.runs);

  const times = await alternate(subjects, benchmark.runs, settings);
  const closings = new Map<string, Closing>();
  for (const subject of subjects) closings.set(subject.name, await subject.close());
  const leakedTensors = tf.memory().numTensors - before;
  const memory = benchmark.isolated
    ? await measureMemory(benchmark, size, settings)
    : new Map<string, Closing>();

  const rows = subjects.map(({ name, firstSeconds }): Row => {
    const report = closings.get(name)?.reports.at(-1);
    return {
      subject: name,
      seconds: spread(times.get(name)!),
      ratio: spread(times.get(name)!.map((time, round) => time / times.get(subjects[0].name)![round])),
      firstSeconds,
      peakBytes: memory.get(name)?.peakBytes,
      baseBytes: memory.get(name)?.baseBytes,
      traced: report && `${report.mode}, ${report.nodes} ops`,
    };
  });
  return {
    benchmark: benchmark.name,
    title: benchmark.title,
    size,
    sizeName: benchmark.sizeName,
    work: benchmark.work?.(size),
    rounds: times.get(subjects[0].name)!.length,
    rows,
    bars: verdicts(benchmark.bars ?? [], rows, size),
    leakedTensors,
  };
}

async function startSubjects(
  benchmark: Benchmark,
  size: number,
  { python, progress }: Settings,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const [variant, create] of Object.entries(benchmark.variants)) {
    progress(`${benchmark.name}: ${variant}`);
    subjects.push(localSubject(variant, create(size)));
  }
  if (benchmark.isolated) {
    progress(`${benchmark.name}: ${DEFAULT_ALLOCATOR}`);
    const place = { benchmark: benchmark.name, size, variant: "op by op" };
    subjects.push(await isolatedSubject(DEFAULT_ALLOCATOR, place, { REPRISE_ALLOCATOR: "default" }));
  }
  if (python !== undefined) {
    for (const variant of benchmark.torch) {
      progress(`${benchmark.name}: ${torchSubject(variant)}`);
      const place = { python, benchmark: benchmark.name, size, variant };
      subjects.push(await torchSubjectProcess(torchSubject(variant), place));
    }
  }
  return subjects;
}

/** Seconds a run of every subject in every round. */
async function alternate(
  subjects: readonly Subject[],
  runs: number,
  { seconds, progress }: Settings,
): Promise<Map<string, number[]>> {
  const times = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const start = performance.now();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const elapsed = (performance.now() - start) / 1000;
    if (round >= LEAST_ROUNDS && elapsed > seconds) break;
    progress(`round ${round + 1}, ${elapsed.toFixed(0)} s of ${seconds} s`);
    for (const subject of subjects) {
      await subject.sample(1); // what the subject before it left in the caches is not its fault
      times.get(subject.name)!.push(await subject.sample(runs));
    }
  }
  return times;
}

/** Peak memory of the first variant, and of PyTorch, each in a fresh process that does nothing else. */
async function measureMemory(
  benchmark: Benchmark,
  size: number,
  { python, progress }: Settings,
): Promise<Map<string, Closing>> {
  const [variant] = Object.keys(benchmark.variants);
  const starts: [string, () => Promise<Subject>][] = [
    [variant, () => isolatedSubject(variant, { benchmark: benchmark.name, size, variant })],
  ];
  if (python !== undefined) {
    for (const torch of benchmark.torch) {
      const place = { python, benchmark: benchmark.name, size, variant: torch };
      starts.push([torchSubject(torch), () => torchSubjectProcess(torchSubject(torch), place)]);
    }
  }
  const closings = new Map<string, Closing>();
  for (const [name, start] of starts) {
    progress(`${benchmark.name}: memory of ${name}`);
    const subject = await start();
    await subject.sample(MEMORY_RUNS);
    closings.set(name, await subject.close());
  }
  return closings;
}

function verdicts(bars: readonly Bar[], rows: readonly Row[], size: number): Verdict[] {
  const collect = (value: (row: Row) => number | undefined): Record<string, number> =>
    Object.fromEntries(
      rows.flatMap((row) => {
        const figure = value(row);
        return figure === undefined ? [] : [[row.subject, figure]];
      }),
    );
  const figures: Figures = {
    seconds: collect((row) => row.seconds.median),
    firstSeconds: collect((row) => row.firstSeconds),
    peakBytes: collect((row) => row.peakBytes),
  };
  return bars.flatMap((bar) => {
    const result = bar.check(figures, size);
    return result === undefined ? [] : [{ text: bar.text, ...result }];
  });
}
