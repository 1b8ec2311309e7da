import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments } from 'yaml';
import { ROOT } from '../../support/attune.ts';

const TOOLS = join(ROOT, '.tools');
export const CHART = join(ROOT, 'helm/attune');

/** A tool that `node deploy/fetch-tools.mjs` brings; throws a sentence when it is not there, so that a check is never left out in silence. */
export function tool(path: string): string {
  const file = join(TOOLS, path);
  if (existsSync(file)) return file;
  throw new Error(`${file} is not there; fetch it with: node deploy/fetch-tools.mjs`);
}

/** Runs helm; gives what it printed, also on failure. */
export function helm(...args: string[]): { ok: boolean; text: string } {
  try {
    return { ok: true, text: execFileSync(tool('helm/helm'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, text: `${stdout}${stderr}` };
  }
}

/** The objects that the chart renders to, in order. */
export function render(values: readonly string[] = []): KubernetesObject[] {
  const { ok, text } = helm('template', 'attune', CHART, '--namespace', 'bench', '--kube-version', '1.34.0', ...values);
  if (!ok) throw new Error(text);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const value = document.toJS() as KubernetesObject | null;
    return value === null ? [] : [value];
  });
}

/** Says what is wrong with an object by the schema of its kind, with unknown fields refused; null when nothing is. */
export function problemOf(object: KubernetesObject): string | null {
  const validate = object.apiVersion.startsWith('keda.sh/') ? kedaSchema(object) : kubernetesSchema(object);
  return validate(object) ? null : ajv.errorsText(validate.errors);
}

const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
const compiled = new Map<string, ValidateFunction>();
const DEFINITIONS = 'https://kubernetes.io/api/_definitions.json';

function kubernetesSchema({ apiVersion, kind }: KubernetesObject): ValidateFunction {
  const parts = apiVersion.split('/');
  const group = parts.length === 1 ? '' : `-${parts[0]!.split('.')[0]}`;
  const name = `${kind.toLowerCase()}${group}-${parts.at(-1)}.json`;
  return cached(name, () => {
    if (!ajv.getSchema(DEFINITIONS)) ajv.addSchema(read('_definitions.json'));
    return read(name);
  });
}

function read(name: string): object {
  return JSON.parse(readFileSync(tool(`kubernetes-schemas/${name}`), 'utf8')) as object;
}

function kedaSchema({ apiVersion, kind }: KubernetesObject): ValidateFunction {
  return cached(`keda ${kind}`, () => {
    const crd = parse(readFileSync(tool('keda-schemas/keda.sh_scaledobjects.yaml'), 'utf8')) as Crd;
    const version = crd.spec.versions.find(({ name }) => `keda.sh/${name}` === apiVersion);
    if (crd.spec.names.kind !== kind || !version) throw new Error(`There is no schema for ${apiVersion} ${kind}.`);
    return closed(version.schema.openAPIV3Schema) as object;
  });
}

function cached(name: string, schema: () => object): ValidateFunction {
  const known = compiled.get(name) ?? ajv.compile(schema());
  compiled.set(name, known);
  return known;
}

/** A CRD's schema prunes unknown fields in silence; here they are refused. Metadata is checked by the other schemas. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  const properties = copy['properties'] as object | undefined;
  const open = copy['x-kubernetes-preserve-unknown-fields'] === true || copy['additionalProperties'] !== undefined;
  return properties && typeof copy['type'] === 'string' && !open ? { ...copy, additionalProperties: false } : copy;
}

/** The pod of a workload, with its name; null for other objects. */
export function podOf(object: KubernetesObject): { name: string; pod: PodSpec } | null {
  const spec = object.spec as { template?: { spec: PodSpec } } & PodSpec;
  const name = `${object.kind} ${object.metadata.name}`;
  if (object.kind === 'Pod') return { name, pod: spec };
  return ['Deployment', 'StatefulSet', 'Job', 'DaemonSet'].includes(object.kind) && spec.template ? { name, pod: spec.template.spec } : null;
}

interface Crd {
  spec: { names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: unknown } }[] };
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: unknown;
  data?: Record<string, string>;
}

export interface PodSpec {
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  restartPolicy?: string;
  securityContext?: { runAsNonRoot?: boolean; runAsUser?: number };
  containers: Container[];
}

export interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: unknown }[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: { allowPrivilegeEscalation?: boolean; readOnlyRootFilesystem?: boolean; capabilities?: { drop?: string[] } };
  startupProbe?: Probe;
  readinessProbe?: Probe;
  livenessProbe?: Probe;
}

interface Probe {
  grpc?: { port: number };
  httpGet?: { port: number | string };
}
