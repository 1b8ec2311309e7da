import { join } from 'node:path';
import { expect } from 'vitest';
import { attune } from './attune.ts';
import { LEASE, openCrashLab } from './crash-lab.ts';
import { crashRun } from './crash-run.ts';

/** So many runs with at least five SIGKILLs each end as an undisturbed one; prints what it took. */
export async function expectCrashEquivalence({ runs, seed }: { runs: number; seed: number }): Promise<void> {
  await using lab = await openCrashLab();
  const undisturbed = join(lab.folder, 'undisturbed');
  const whole = await attune(['run', lab.experiment, '--out', undisturbed]);
  expect(whole.code, whole.stderr).toBe(0);
  const wanted = await lab.outcome(undisturbed);
  expect(wanted.sessions).toHaveLength(lab.planned);
  // The same processes without a kill tell how many calls there are to make.
  await lab.clearCache();
  lab.models.reset();
  const shared = join(lab.folder, 'shared');
  const apart = await attune(['run', lab.experiment, '--out', shared, '--bus', lab.nats.url, '--no-workers', ...LEASE]);
  expect(apart.code, apart.stderr).toBe(0);
  expect(await lab.outcome(shared)).toEqual(wanted);
  const calls = lab.models.calls();
  const totals = { kills: 0, repeated: 0, inFlight: 0 };
  for (let round = 0; round < runs; round += 1) {
    await lab.clearCache();
    lab.models.reset();
    const { run, code, stderr, killed } = await crashRun(lab, { seed: seed + round, more: 1 });
    expect(code, stderr).toBe(0);
    expect(killed.length, killed.join(', ')).toBeGreaterThanOrEqual(5);
    expect(await lab.outcome(run)).toEqual(wanted);
    const repeated = lab.models.calls() - calls;
    const inFlight = lab.models.lost();
    process.stdout.write(`crash run ${round + 1}: killed ${killed.join(', ')}; ${calls} model calls undisturbed, ${repeated} repeated, ${inFlight} in flight at the kills\n`);
    expect(repeated).toBeLessThanOrEqual(inFlight);
    totals.kills += killed.length;
    totals.repeated += repeated;
    totals.inFlight += inFlight;
  }
  process.stdout.write(`${runs} runs, ${totals.kills} kills, ${totals.repeated} model calls repeated, ${totals.inFlight} in flight\n`);
}
