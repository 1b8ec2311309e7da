import type { z } from 'zod';
import { AttuneError } from '../../platform/errors.ts';

/** Reads a product's answer; fields that we do not use may be anything. Throws `data_loss` with what was expected. */
export function read<T>(product: string, schema: z.ZodType<T>, body: unknown): T {
  const found = schema.safeParse(body);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw new AttuneError('data_loss', `The answer of ${product} should have the documented form, found at ${issue!.path.join('.') || 'its root'}: ${issue!.message.replace(/^Invalid input: /, '')}; look whether the URL leads to a version that the adapter knows.`);
}
