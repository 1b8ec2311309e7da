import { AttuneError } from '../../platform/errors.ts';

/** Looks at everything at once; a check that fails says how to mend it and hides no other. The findings stand in the order of the checks. */
export async function lookAll(checks: readonly Check[]): Promise<Finding[]> {
  return (await Promise.all(checks.map(look))).flat();
}

async function look({ group, what, look }: Check): Promise<Finding[]> {
  const signal = AbortSignal.timeout(CHECK_MS);
  let late: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new AttuneError('deadline_exceeded', `there was no answer within ${CHECK_MS / 1_000} s; look whether the server is overloaded or a firewall swallows the packets.`)), CHECK_MS + 500);
  });
  try {
    const outcome = await Promise.race([look(signal), overdue]);
    const all = Array.isArray(outcome) ? outcome : [outcome];
    return all.map((one) => (typeof one === 'string' ? { group, what, status: 'ok', detail: one } : { group, what, ...one }));
  } catch (thrown) {
    return [{ group, what, status: 'broken', detail: AttuneError.from(thrown).message }];
  } finally {
    clearTimeout(late);
  }
}

/** Longest wait for one check. */
const CHECK_MS = 30_000;

/** needed: nothing works without it. asked: the experiment or an option names it. optional: some command uses it when it is there. */
type Group = 'needed' | 'asked' | 'optional';

export interface Finding {
  group: Group;
  what: string;
  /** weak: it works, but not as it should. missing: it is not there and nobody asked for it. broken: it must be mended. */
  status: 'ok' | 'weak' | 'missing' | 'broken';
  /** What is there, or what is wrong and how to mend it. */
  detail: string;
}

export type Outcome = string | ({ what?: string } & Pick<Finding, 'status' | 'detail'>);

/** Throws a sentence for what is broken. */
export interface Check {
  group: Group;
  what: string;
  look(signal: AbortSignal): Promise<Outcome | Outcome[]>;
}
