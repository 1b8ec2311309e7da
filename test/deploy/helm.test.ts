import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, test } from 'vitest';
import { parseExperiment } from '../../services/orchestrator/service.ts';
import { CHART, helm, podOf, problemOf, render, type Container } from './support/chart.ts';
import { SETTINGS_READ } from './support/settings-read.ts';

const VALUES: Record<string, string[]> = {
  default: [],
  minimal: ['-f', join(CHART, 'values-minimal.yaml')],
  h100: ['-f', join(CHART, 'values-h100.yaml')],
  a100: ['-f', join(CHART, 'values-a100.yaml')],
  guarded: ['--set', 'bus.url=tls://nats.nats.svc:4222,bus.users=true,bus.caSecret=nats-ca,experiment.enabled=true,secrets.name=attune-secrets'],
  everything: ['--set', 'qdrant.enabled=true,experiment.enabled=true,secrets.name=attune-secrets,services.judge.autoscaling.mode=hpa'],
};

describe.each(Object.entries(VALUES))('values: %s', (_name, values) => {
  const objects = render(values);
  const pods = objects.flatMap((object) => podOf(object) ?? []);

  test('lints without a warning', () => {
    const { ok, text } = helm('lint', '--strict', CHART, ...values);
    expect(text).toContain('0 chart(s) failed');
    expect(text).not.toMatch(/\[(WARNING|ERROR)\]/);
    expect(ok).toBe(true);
  });

  test('every object is valid by the schemas of Kubernetes 1.34 and KEDA 2.20', () => {
    expect(objects.length).toBeGreaterThan(15);
    for (const object of objects) expect(problemOf(object), `${object.kind} ${object.metadata.name}`).toBeNull();
  });

  test('no two objects share a kind and a name, and names fit DNS', () => {
    const ids = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { metadata } of objects) expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  });

  test('nobody is root, and nothing can become it', () => {
    for (const { name, pod } of pods) {
      expect(pod.securityContext?.runAsNonRoot, name).toBe(true);
      expect(pod.securityContext?.runAsUser, name).toBeGreaterThan(0);
      expect(pod.automountServiceAccountToken, name).toBe(false);
      expect(pod.enableServiceLinks, name).toBe(false);
      for (const container of pod.containers) {
        expect(container.securityContext, name).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
      }
    }
  });

  test('images name a version', () => {
    for (const { name, pod } of pods) for (const { image } of pod.containers) expect(image, name).toMatch(/(:(?!latest$)[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$/);
  });

  test('requests and limits are set, and probes where a pod stays', () => {
    for (const { name, pod } of pods) {
      for (const container of pod.containers) {
        expect(container.resources?.requests, name).toHaveProperty('memory');
        expect(container.resources?.requests, name).toHaveProperty('cpu');
        expect(container.resources?.limits, name).toHaveProperty('memory');
        if (pod.restartPolicy) continue; // a job or a test ends
        for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) expect(container[probe], `${probe} of ${name}`).toBeDefined();
      }
    }
  });

  test('probes and Services ask for ports that the containers open, and the Services find their pods', () => {
    for (const { name, pod } of pods) {
      for (const container of pod.containers) {
        const ports = container.ports ?? [];
        const open = new Set<string | number>(ports.flatMap(({ name: label, containerPort }) => [label, containerPort]));
        for (const probe of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
          if (probe) expect(open.has(probe.grpc?.port ?? probe.httpGet!.port), `${name}: ${JSON.stringify(probe)}`).toBe(true);
        }
        expect(new Set(ports.map((port) => port.name)).size).toBe(ports.length);
      }
    }
    for (const { metadata, spec } of objects.filter((object) => object.kind === 'Service')) {
      const { selector, ports } = spec as { selector: Record<string, string>; ports: { targetPort: string }[] };
      const found = objects.filter((object) => Object.entries(selector).every(([key, value]) => (object.spec as Template | undefined)?.template?.metadata?.labels?.[key] === value));
      expect(found.length, `pods of the Service ${metadata.name}`).toBe(1);
      const containers = podOf(found[0]!)!.pod.containers;
      for (const { targetPort } of ports) expect(containers.some((one) => one.ports?.some((port) => port.name === targetPort)), `${metadata.name} ${targetPort}`).toBe(true);
    }
  });

  test('every variable that is set is read by that service, and every one that it needs is set', () => {
    for (const { name, container, serve } of served(pods)) {
      const read = SETTINGS_READ[serve];
      expect(read, `${name} serves ${serve}`).toBeDefined();
      const set = (container.env ?? []).map((entry) => entry.name);
      expect(new Set(set).size, `variables of ${name} set twice`).toBe(set.length);
      expect(set.filter((variable) => !read!.all.has(variable)), `set in ${name}, read by nobody`).toEqual([]);
      expect([...read!.needed].filter((variable) => !set.includes(variable)), `needed by ${name}, not set`).toEqual([]);
    }
  });

  test('the experiment that the Job runs is one, and its addresses are Services of the release', () => {
    const map = objects.find((object) => object.data?.['experiment.yaml'] !== undefined);
    if (!map) return expect(objects.some((object) => object.kind === 'Job')).toBe(false);
    const experiment = parseExperiment(parse(map.data!['experiment.yaml']!), 'the chart');
    const services = new Set(objects.filter((object) => object.kind === 'Service').map((object) => object.metadata.name));
    const targets = [...experiment.methods.map((method) => (typeof method === 'string' ? method : method.target)), experiment.services.simulator!];
    expect(targets.length).toBeGreaterThan(1);
    for (const target of targets) expect(services.has(/^dns:\/\/\/([^.]+)\.bench\.svc:\d+$/.exec(target)![1]!), target).toBe(true);
    for (const place of Object.values(experiment.models.roles)) expect(services.has(new URL(place.url).hostname), `${place.url} is a Service of the release`).toBe(true);
    // Simulated models stay simulated in the manifest: the run is told where they are.
    const told = podOf(objects.find((object) => object.kind === 'Job')!)!.pod.containers[0]!.args!.find((arg) => arg.startsWith('--sim-url='));
    const roles = ['simulator', 'agent', 'extractor', 'judge', 'embedding', 'reranker'] as const;
    expect(told !== undefined).toBe(roles.some((role) => experiment.models.roles[role] === undefined));
    if (told) expect(services.has(new URL(told.slice('--sim-url='.length)).hostname)).toBe(true);
  });
});

describe('wrong values are refused with a sentence', () => {
  test.each([
    ['image.tag=latest', /image\/tag/],
    ['services.judge.replicas=-1', /judge\/replicas.*minimum/],
    ['services.judge.replica=3', /judge.*additional properties 'replica'/],
    ['bus.url=http://nats:4222', /bus\/url/],
    ['models.agent.url=http://llm:8000', /models\/agent\/url/],
    ['methods.Mine.port=1', /'Mine' does not match pattern/],
    ['methods.mine.image=registry/mine:latest', /methods\/mine/],
    ['logLevel=loud', /logLevel/],
    ['resources.limits.memory=lots', /resources\/limits\/memory/],
    ['services.preference-store.replicas=2', /its memories lie on one pod's volume: set qdrant\.url/],
    ['services.model-sim.enabled=false', /models\.\w+\.url is empty, and services\.model-sim is not enabled/],
    ['bus.users=true', /bus\.users needs secrets\.name/],
    ['nats.enabled=false', /Set bus\.url to a NATS with JetStream/],
    ['metrics.enabled=false', /its probes need metrics\.enabled/],
  ])('%s', (assignment, sentence) => {
    const { ok, text } = helm('template', 'attune', CHART, '--set', assignment);
    expect(ok).toBe(false);
    expect(text).toMatch(sentence);
  });
});

test('a method of somebody else is one line of values', () => {
  const objects = render(['--set', 'methods.mine.image=registry.example:5000/team/mine:1.2', '--set', 'methods.mine.port=50060']);
  const mine = objects.map(podOf).find((found) => found?.name === 'Deployment attune-agent-mine');
  expect(mine?.pod.containers[0]).toMatchObject({ image: 'registry.example:5000/team/mine:1.2', ports: expect.arrayContaining([{ name: 'grpc', containerPort: 50060 }]) as unknown });
  expect(mine?.pod.containers[0]?.args).toBeUndefined();
});

test("the chart's README lists every value", () => {
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  for (const path of leaves(parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>)) expect(readme, path).toContain(`\`${path}\``);
});

/** Containers that run Attune, with the service that they serve. */
function served(pods: readonly { name: string; pod: { containers: Container[] } }[]) {
  return pods.flatMap(({ name, pod }) =>
    pod.containers.flatMap((container) => {
      if (!container.image.startsWith('attune')) return [];
      const [command, service] = container.args ?? [];
      return [{ name, container, serve: command === 'serve' ? service! : command! }];
    }),
  );
}

/** Paths of values that README explains: scalars and lists; of services, methods and the like only their fields, with <name> for the name. */
function leaves(values: Record<string, unknown>, prefix = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const named = ['services', 'methods', 'models', 'modelServers'].includes(prefix.slice(0, -1));
    const path = `${prefix}${named ? '<name>' : key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0 && !OPEN.has(path)) return leaves(value as Record<string, unknown>, `${path}.`);
    return value === null || (named && typeof value === 'object' && Object.keys(value).length === 0) ? [] : [path];
  }).filter((path, index, all) => all.indexOf(path) === index);
}

/** Values whose fields are not ours: Kubernetes' own shapes and the experiment file. */
const OPEN = new Set(['resources', 'nats.resources', 'qdrant.resources', 'experiment.spec', 'services.<name>.models', 'services.<name>.env']);

interface Template {
  template?: { metadata?: { labels?: Record<string, string> } };
}

