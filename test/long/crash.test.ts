import { test } from 'vitest';
import { expectCrashEquivalence } from '../support/crash-equivalence.ts';
import { haveNatsServer } from '../support/nats-server.ts';

// The short form of test/faults, which kills its way through twenty runs and knows more faults.
test.skipIf(!haveNatsServer)('a run in which each part is killed ends with the records, memory and report of an undisturbed one', () => expectCrashEquivalence({ runs: 1, seed: 100 }), 600_000);
