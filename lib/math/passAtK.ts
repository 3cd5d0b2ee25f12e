/**
 * The chance that at least one of k samples is right, without bias from n samples of which c are right:
 * pass@k = 1 - C(n - c, k) / C(n, k) = 1 - prod over j = n-c+1 .. n of (1 - k/j)
 *
 * @param samples  n of one problem
 * @param correct  c of them
 * @param k        at most n
 * @see Chen et al., Evaluating Large Language Models Trained on Code (arXiv 2107.03374), section 2.1; OlymMATH, metrics
 */
export function passAtK(samples: number, correct: number, k: number): number {
  for (const [name, value] of Object.entries({ samples, correct, k })) {
    if (!Number.isInteger(value) || value < 0)
      throw new RangeError(`passAtK: ${name} is ${value}; it must be a whole number`);
  }
  if (k < 1 || k > samples) throw new RangeError(`passAtK: k is ${k}; it must lie in 1 to ${samples}`);
  if (correct > samples) throw new RangeError(`passAtK: ${correct} of ${samples} samples are right`);
  if (samples - correct < k) return 1;
  let none = 1;
  for (let j = samples - correct + 1; j <= samples; j++) none *= 1 - k / j;
  return 1 - none;
}
