import { readAgentConfig } from '../../../services/agent/config.ts';
import { readJudgeConfig } from '../../../services/judge/config.ts';
import { readModelSimConfig } from '../../../services/model-sim/config.ts';
import { readPreferenceStoreConfig } from '../../../services/preference-store/config.ts';
import { readSimulatorConfig } from '../../../services/simulator/config.ts';

type Reader = (source: Readonly<Record<string, string | undefined>>) => unknown;

/** What each service reads from its environment, found out by letting it read. */
export const SETTINGS_READ: Readonly<Record<string, { all: ReadonlySet<string>; needed: ReadonlySet<string> }>> = {
  simulator: settingsOf(readSimulatorConfig),
  agent: settingsOf(readAgentConfig),
  'preference-store': settingsOf(readPreferenceStoreConfig),
  judge: settingsOf(readJudgeConfig),
  'model-sim': settingsOf(readModelSimConfig),
};

function settingsOf(read: Reader): { all: ReadonlySet<string>; needed: ReadonlySet<string> } {
  const all = new Set<string>();
  const asked = new Proxy<Record<string, string | undefined>>({}, { get: (_target, name) => void all.add(String(name)) });
  try {
    read(asked);
    return { all, needed: new Set() };
  } catch (error) {
    return { all, needed: new Set([...(error as Error).message.matchAll(/([A-Z_]+) is not set/g)].map((match) => match[1]!)) };
  }
}
