import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { parseExperiment } from '../../services/orchestrator/service.ts';
import { ROOT } from '../support/attune.ts';
import { tool } from './support/chart.ts';
import { SETTINGS_READ } from './support/settings-read.ts';

const base = read('compose.yaml');
const layer = read('compose.vllm.yaml');
/** The layer over the base, as compose merges them: environments and dependencies by key, anything else replaced. */
const layered: Compose = {
  ...base,
  services: Object.fromEntries(
    [...new Set([...Object.keys(base.services), ...Object.keys(layer.services)])].map((name) => {
      const [below, above] = [base.services[name] ?? {}, layer.services[name] ?? {}];
      return [name, { ...below, ...above, environment: { ...below.environment, ...above.environment }, depends_on: { ...below.depends_on, ...above.depends_on } }];
    }),
  ),
};

describe.each([
  ['compose.yaml', base],
  ['compose.yaml with compose.vllm.yaml', layered],
])('%s', (_name, compose) => {
  test('is valid by the schema of Compose', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const validate = ajv.compile({ ...(JSON.parse(readFileSync(tool('compose-schema/compose-spec.json'), 'utf8')) as object), $schema: 'https://json-schema.org/draft/2020-12/schema' });
    expect(validate(compose) || ajv.errorsText(validate.errors)).toBe(true);
  });

  test('every service of ours reads what is set for it and gets what it needs', () => {
    for (const [name, { command = [], environment = {}, image }] of Object.entries(compose.services)) {
      if (!image?.startsWith('attune')) continue;
      const read = SETTINGS_READ[command[0] === 'serve' ? command[1]! : command[0]!];
      expect(read, `${name}: ${command.join(' ')}`).toBeDefined();
      const set = Object.keys(environment);
      expect(set.filter((variable) => !read!.all.has(variable)), `set in ${name}, read by nobody`).toEqual([]);
      expect([...read!.needed].filter((variable) => !set.includes(variable)), `needed by ${name}, not set`).toEqual([]);
    }
  });

  test('addresses name services, on the ports that these listen on', () => {
    for (const [name, { environment = {} }] of Object.entries(compose.services)) {
      for (const [variable, value] of Object.entries(environment)) {
        const place = /^(?:https?:\/\/|nats:\/\/)?([a-z][a-z0-9-]*):(\d+)(?:\/v1)?$/.exec(value);
        if (place) expect(portsOf(compose, place[1]!), `${variable} of ${name}`).toContain(Number(place[2]));
      }
    }
  });

  test('images name a version, nobody depends on what is not there, and nothing is open beyond this machine', () => {
    for (const [name, { image, depends_on = {}, ports = [] }] of Object.entries(compose.services)) {
      expect(image, name).toMatch(/:(?!latest)[A-Za-z0-9_][A-Za-z0-9._-]*$/);
      for (const other of Object.keys(depends_on)) expect(compose.services, `${name} depends on ${other}`).toHaveProperty(other);
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:/);
    }
  });
});

test('services of ours write only where a volume is', () => {
  for (const [name, service] of Object.entries(base.services)) {
    if (!service.image?.startsWith('attune')) continue;
    expect(service.read_only, name).toBe(true);
    expect(service.cap_drop, name).toEqual(['ALL']);
  }
});

test('the experiment is one, and its addresses are services of compose.yaml', () => {
  const experiment = parseExperiment(parse(readFileSync(join(ROOT, 'deploy/experiment.compose.yaml'), 'utf8')), 'experiment.compose.yaml');
  const targets = [...experiment.methods.map((method) => (typeof method === 'string' ? method : method.target)), experiment.services.simulator!];
  for (const target of targets) {
    const [, host, port] = /^dns:\/\/\/([a-z-]+):(\d+)$/.exec(target)!;
    expect(portsOf(base, host!), target).toContain(Number(port));
  }
  // Simulated models stay simulated in the manifest: the run is told where they are, not that they are somebody's endpoint.
  expect(experiment.models.url).toBe('sim');
  const { command } = base.services['attune']!;
  expect(command!.at(-2)).toBe('--sim-url');
  expect(portsOf(base, new URL(command!.at(-1)!).hostname)).toContain(8000);
});

function portsOf(compose: Compose, name: string): number[] {
  const service = compose.services[name];
  if (!service) return [];
  const others: Record<string, number[]> = { nats: [4222, 8222], qdrant: [6333] };
  return others[name] ?? (service.image?.startsWith('vllm/') ? [8000] : [Number(service.environment?.['ATTUNE_PORT'])]);
}

function read(file: string): Compose {
  return parse(readFileSync(join(ROOT, 'deploy', file), 'utf8'), { merge: true }) as Compose;
}

interface Compose {
  services: Record<
    string,
    { image?: string; command?: string[]; environment?: Record<string, string>; ports?: string[]; depends_on?: Record<string, unknown>; read_only?: boolean; cap_drop?: string[] }
  >;
}
