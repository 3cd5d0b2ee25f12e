/** What Llama 3.1 stretches its context with. */
export interface Llama3Scaling {
  /** What long wavelengths are multiplied by. */
  readonly factor: number;
  /** Wavelengths above `originalLength / lowFrequencyFactor` are stretched in full. */
  readonly lowFrequencyFactor: number;
  /** Wavelengths below `originalLength / highFrequencyFactor` are left as they are. */
  readonly highFrequencyFactor: number;
  /** Tokens of a sequence before the stretch. */
  readonly originalLength: number;
}

/**
 * The divisor of each rotary frequency under Llama 3.1's scaling: 1 for short wavelengths, `factor` for long ones, and between the two the divisor of
 * (1 - s) f / factor + s f, s falling from 1 to 0.
 * @returns d/2 numbers
 */
export function llama3Factors(
  headWidth: number,
  ropeBase: number,
  { factor, lowFrequencyFactor, highFrequencyFactor, originalLength }: Llama3Scaling,
): number[] {
  return Array.from({ length: headWidth / 2 }, (_, pair) => {
    const wavelength = 2 * Math.PI * ropeBase ** ((2 * pair) / headWidth);
    if (wavelength < originalLength / highFrequencyFactor) return 1;
    if (wavelength > originalLength / lowFrequencyFactor) return factor;
    const share =
      (originalLength / wavelength - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    return 1 / ((1 - share) / factor + share); // f / f', f' = (1 - s) f / factor + s f
  });
}
