import { CAUSES } from '../../memory/blame.ts';
import type { Blame } from '../../memory/blame.ts';
import type { BlameCause, BlameOfMethod, BlameSection } from './model.ts';

/** Counts causes by method as violations are read; `finish` gives null for a run without any verdict-based violation. */
export function createBlameCount(methods: readonly string[]): { add(blames: readonly Blame[]): void; finish(): BlameSection | null } {
  const counts = new Map(methods.map((method) => [method, new Map<BlameCause, number>()]));
  return {
    add(blames) {
      for (const { method, cause } of blames) {
        const found = counts.get(method);
        found?.set(cause, (found.get(cause) ?? 0) + 1);
      }
    },
    finish() {
      const all = [...counts].map(([method, found]) => blameOf(method, found));
      return all.every(({ violations }) => violations === 0) ? null : { causes: CAUSES, methods: all };
    },
  };
}

function blameOf(method: string, counts: ReadonlyMap<BlameCause, number>): BlameOfMethod {
  const violations = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const causes = CAUSES.map(({ id }) => {
    const count = counts.get(id) ?? 0;
    return { id, count, share: violations === 0 ? 0 : count / violations };
  });
  return { method, violations, causes };
}
