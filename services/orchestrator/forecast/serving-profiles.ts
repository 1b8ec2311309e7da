/**
 * What model servers of common shapes do, as constants of the step equation (see throughput.ts). Fitted to published measurements where
 * `basis` says so, else scaled from them; fit your own with a small run before you trust a forecast.
 * Source: spec operations.md 6.2 (time) and 7.1 (power).
 */
export const SERVING_PROFILES = {
  '8b-bf16-h100': { gpus: 1, t0: 6.67, t1: 0.06, kv: 0.0485, pf: 0.035, a: 10, maxSeqs: 256, kvTokens: 400_000, p0: 454, p1: 235, pt: 55, basis: 'fitted' },
  '70b-bf16-4xh100': { gpus: 4, t0: 16.5, t1: 0.078, kv: 0.0303, pf: 0.09, a: 8, maxSeqs: 256, kvTokens: 410_000, p0: 1711, p1: 839, pt: 100, basis: 'fitted' },
  '70b-fp8-2xh100': { gpus: 2, t0: 18.5, t1: 0.08, kv: 0.0303, pf: 0.08, a: 8, maxSeqs: 256, kvTokens: 400_000, p0: 900, p1: 480, pt: 60, basis: 'fitted, power assumed' },
  '70b-fp8-4xh100': { gpus: 4, t0: 11, t1: 0.06, kv: 0.0152, pf: 0.046, a: 8, maxSeqs: 512, kvTokens: 1_200_000, p0: 1711, p1: 839, pt: 100, basis: 'scaled' },
  '70b-bf16-4xa100': { gpus: 4, t0: 26, t1: 0.16, kv: 0.049, pf: 0.25, a: 12, maxSeqs: 256, kvTokens: 410_000, p0: 1000, p1: 500, pt: 100, basis: 'scaled' },
  '8b-bf16-a100': { gpus: 1, t0: 11, t1: 0.13, kv: 0.078, pf: 0.1, a: 15, maxSeqs: 256, kvTokens: 400_000, p0: 280, p1: 100, pt: 55, basis: 'scaled' },
  'embed-8b-h100': { gpus: 1, t0: 0, t1: 0, kv: 0, pf: 0.035, a: 10, maxSeqs: 256, kvTokens: 400_000, p0: 454, p1: 235, pt: 55, basis: 'scaled' },
  'extractor-0.6b': { gpus: 0.15, t0: 3, t1: 0.02, kv: 0.01, pf: 0.003, a: 8, maxSeqs: 256, kvTokens: 400_000, p0: 70, p1: 35, pt: 55, basis: 'assumed' },
} as const satisfies Record<string, ServingProfile>;

/** One engine step with n decoding sequences lasts t0 + n·t1 + kv·context/1000 + pf·(prompt tokens prefilled beside it) milliseconds. */
export interface ServingProfile {
  /** GPUs of one replica. */
  readonly gpus: number;
  /** Milliseconds of an empty step. */
  readonly t0: number;
  /** Milliseconds for each decoding sequence. */
  readonly t1: number;
  /** Milliseconds for each sequence and 1,000 tokens of its context. */
  readonly kv: number;
  /** Milliseconds for each prompt token. */
  readonly pf: number;
  /** Milliseconds of a request beside its tokens. */
  readonly a: number;
  /** The most sequences that decode at once. */
  readonly maxSeqs: number;
  /** Tokens that the KV cache holds. */
  readonly kvTokens: number;
  /** Watts of a replica with b decoding sequences: p0 + p1·(1 − exp(−b/pt)). */
  readonly p0: number;
  readonly p1: number;
  readonly pt: number;
  /** Where the constants come from, in a word. */
  readonly basis: string;
}

export type ServingProfileName = keyof typeof SERVING_PROFILES;
