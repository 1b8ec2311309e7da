import type { Experiment } from '../../orchestrator/service.ts';
import { readMessages } from '../../platform/nats.ts';
import type { Nats } from '../../platform/nats.ts';
import type { TextFinder } from '../../platform/text-finder.ts';
import { probeFolder } from '../../report/service.ts';
import type { Manifest, Residue } from '../../report/service.ts';
import type { CheckedPlace } from './places.ts';

/** Searches every place that a run's data may lie in for texts, as raw bytes where it lies in files. */
export async function verifyPlaces(run: VerifiedRun): Promise<CheckedPlace[]> {
  const { dir, experiment, nats, finder } = run;
  const places: CheckedPlace[] = [await folder('run folder', dir, finder)];
  places.push({ place: 'memories', searched: 'what the methods tell of the user', residues: run.stillThere.length === 0 ? [] : [`${run.stillThere.length} texts`] });
  if (experiment.models.cache !== 'off') places.push(await folder('response cache', experiment.models.cacheDir, finder));
  if (nats) {
    let read = 0;
    const residues: string[] = [];
    for await (const { subject, bytes } of readMessages(nats, run.manifest.runId)) {
      read += 1;
      const found = finder.find(Buffer.from(bytes));
      if (found.size > 0) residues.push(`${subject} (${found.size} texts)`);
    }
    places.push({ place: 'NATS server', searched: `${read} messages of the run`, residues });
    if (run.jetstreamStore !== undefined) places.push(await folder('JetStream files', run.jetstreamStore, finder));
  }
  return places;
}

async function folder(place: string, path: string, finder: TextFinder): Promise<CheckedPlace> {
  const { files, bytes, residues } = await probeFolder(path, finder);
  return { place, searched: `${files} files, ${bytes} bytes`, residues: residues.map(({ file, texts }: Residue) => `${file} (${texts} texts)`) };
}

interface VerifiedRun {
  dir: string;
  experiment: Experiment;
  manifest: Manifest;
  nats: Nats | null;
  jetstreamStore: string | undefined;
  finder: TextFinder;
  /** What methods still told of the user when they were asked afterwards. */
  stillThere: readonly string[];
}
