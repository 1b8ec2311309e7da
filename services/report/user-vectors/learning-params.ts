import { z } from 'zod';
import type { Manifest } from '../manifest.ts';

/**
 * The rates that a run's user vectors were learned with, as its manifest says; what it does not name has the value of algorithm.md 5.6, as in the preference store.
 * A run whose methods lie elsewhere may have used others: then the rebuilt vectors do not have the recorded lengths, which is noticed.
 */
export function learningParamsOf(manifest: Pick<Manifest, 'experiment'>): LearningParams {
  const read = experiment.safeParse(manifest.experiment);
  return read.success ? read.data.preferences.vectors : vectors.parse({});
}

const vectors = z.object({
  betaLong: z.number().default(2),
  betaShort: z.number().default(5),
  etaLong: z.number().default(0.01),
  etaShort: z.number().default(0.05),
  alpha: z.number().default(0.05),
  lambda: z.number().default(0.1),
  bilinear: z.boolean().default(false),
  baselineUpdate: z.enum(['onUpdate', 'everyReward']).default('onUpdate'),
  shortDecay: z.enum(['onUpdate', 'everyTurn']).default('onUpdate'),
});

const experiment = z.object({ preferences: z.object({ vectors: vectors.prefault({}) }).prefault({}) });

export type LearningParams = z.infer<typeof vectors>;
