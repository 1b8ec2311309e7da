import { test } from 'vitest';
import { expectCrashEquivalence } from '../support/crash-equivalence.ts';
import { haveNatsServer } from '../support/nats-server.ts';

test.skipIf(!haveNatsServer)('twenty runs, each with five or more kills, end with the records, memory and report of an undisturbed one', () => expectCrashEquivalence({ runs: 20, seed: 200 }), 1_200_000);
