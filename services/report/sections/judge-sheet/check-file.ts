import { mkdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AttuneError } from '../../../platform/errors.ts';
import { describeFileError, writeFileAtomic } from '../../../platform/files.ts';
import { runPaths } from '../../run-paths.ts';
import type { JudgeCheck } from './model.ts';

/** Writes judge-check.json into a folder, made when there is none, whole or not at all; gives its path. Equal figures give equal bytes. */
export async function writeJudgeCheck(dir: string, check: JudgeCheck): Promise<string> {
  const file = runPaths(dir).judgeCheck;
  await mkdir(dir, { recursive: true }).catch((cause: unknown) => {
    throw describeFileError(`Cannot make ${dir}`, cause);
  });
  await writeFileAtomic(file, `${JSON.stringify(schema.parse(check), null, 2)}\n`);
  return file;
}

/** What is known of the judge of a run; null when nobody checked it. Throws `data_loss` for a damaged file. */
export async function readJudgeCheck(dir: string): Promise<JudgeCheck | null> {
  const file = runPaths(dir).judgeCheck;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const error = describeFileError(`Cannot read ${file}`, cause);
    if (error.code === 'not_found') return null;
    throw error;
  }
  const found = schema.safeParse(parse(text));
  if (found.success) return found.data;
  const { path, message } = found.error.issues[0]!;
  throw new AttuneError('data_loss', `${file} should be what attune judge check writes, found a problem at ${path.join('.') || 'its start'} (${message}); remove it, or make it again with: attune judge check ${dir}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const count = z.int().min(0);
const share = z.number().min(0).max(1);
const number = z.number();
const interval = z.strictObject({ low: number, high: number }).nullable();
const agreement = { items: count, agreement: share.nullable(), interval, kappa: number.nullable() };

const schema: z.ZodType<JudgeCheck> = z.strictObject({
  schemaVersion: z.literal(1),
  judge: z.strictObject({ models: z.array(z.string()), promptHash: z.string(), parserVersion: count }),
  sample: z.strictObject({ source: z.enum(['run', 'examples']), sessions: count, repeats: count, seed: count, asked: count, unreadable: count }).nullable(),
  anchors: z
    .strictObject({
      passed: z.boolean(),
      groups: z.array(
        z.strictObject({
          question: z.enum(['task', 'turns', 'probe', 'pair']),
          kind: z.enum(['known_good', 'known_bad', 'identical_pair', 'wrong_user', 'empty_answer']),
          asked: count,
          right: count,
          interval,
          least: count,
          passed: z.boolean(),
          failures: z.array(z.string()),
        }),
      ),
    })
    .nullable(),
  stability: z.array(z.strictObject({ kind: z.enum(['task', 'applicable', 'followed', 'over_applied', 'probe']), items: count, flipRate: share.nullable(), interval, alpha: number.nullable() })),
  order: z
    .strictObject({
      firstHalf: z.strictObject({ difference: number, interval, items: count }).nullable(),
      pairs: z.strictObject({ items: count, flipped: share, interval, first: share.nullable(), firstInterval: interval }).nullable(),
    })
    .nullable(),
  modes: z.strictObject(agreement).nullable(),
  rules: z.array(z.strictObject({ rule: z.string().nullable(), ...agreement })),
  blindness: z.strictObject({ questions: count, naming: count, dialogues: count }).nullable(),
  panel: z
    .strictObject({
      judges: z.array(z.strictObject({ model: z.string(), flipRate: share.nullable(), ruleAgreement: share.nullable(), methods: z.array(z.strictObject({ method: z.string(), success: share.nullable(), compliance: share.nullable() })) })),
      ranks: z.array(z.strictObject({ first: count, second: count, success: number.nullable(), compliance: number.nullable() })),
    })
    .nullable(),
  labels: z.array(
    z.strictObject({
      kind: z.enum(['task', 'turns']),
      labels: count,
      unscored: count,
      accuracy: share.nullable(),
      accuracyInterval: interval,
      kappa: number.nullable(),
      positives: count,
      truePositives: count,
      negatives: count,
      trueNegatives: count,
      sensitivity: share.nullable(),
      sensitivityInterval: interval,
      specificity: share.nullable(),
      specificityInterval: interval,
      calibrationError: share.nullable(),
      reliability: z.array(z.strictObject({ low: number, high: number, items: count, certainty: share.nullable(), accuracy: share.nullable() })),
      coverage: z.array(z.strictObject({ certainty: share, coverage: share, accuracy: share })),
    }),
  ),
});
