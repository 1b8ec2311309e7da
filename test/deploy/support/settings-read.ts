import { readAgentConfig } from '../../../services/agent/config.ts';
import { readJudgeConfig } from '../../../services/judge/config.ts';
import { readModelSimConfig } from '../../../services/model-sim/config.ts';
import { readEnv } from '../../../services/platform/config.ts';
import { natsEnv } from '../../../services/platform/nats.ts';
import { accessEnv, listenEnv } from '../../../services/platform/service-env.ts';
import { readPreferenceStoreConfig } from '../../../services/preference-store/config.ts';
import { readSimulatorConfig } from '../../../services/simulator/config.ts';

type Source = Readonly<Record<string, string | undefined>>;

/** What takes work from the bus listens on its metrics port alone. */
const onBus = (source: Source) => readEnv(source, (env) => ({ ...listenEnv(env, 0), bus: natsEnv(env) }));

/** What each service reads from its environment, found out by letting it read. */
export const SETTINGS_READ: Readonly<Record<string, { all: ReadonlySet<string>; needed: ReadonlySet<string> }>> = {
  simulator: settingsOf(readSimulatorConfig),
  agent: settingsOf(readAgentConfig),
  'preference-store': settingsOf(readPreferenceStoreConfig),
  // A judge on a bus reads where its model is from the run; on its own it must be told.
  judge: settingsOf(onBus, readJudgeConfig),
  runner: settingsOf(onBus),
  'model-sim': settingsOf(readModelSimConfig),
  run: settingsOf(onBus, (source) => source['ATTUNE_API_KEY']),
  doctor: settingsOf((source) => readEnv(source, accessEnv), onBus, (source) => source['ATTUNE_API_KEY']),
};

function settingsOf(...readers: ((source: Source) => unknown)[]): { all: ReadonlySet<string>; needed: ReadonlySet<string> } {
  const all = new Set<string>();
  const needed = new Set<string>();
  const asked = new Proxy<Record<string, string | undefined>>({}, { get: (_target, name) => void all.add(String(name)) });
  for (const read of readers) {
    try {
      read(asked);
    } catch (error) {
      for (const match of (error as Error).message.matchAll(/([A-Z_]+) is not set/g)) needed.add(match[1]!);
    }
  }
  return { all, needed };
}
