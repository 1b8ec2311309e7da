import { isObject } from '../http/chat-request.ts';

/**
 * The value made to fit a JSON schema: texts and lists are clipped, numbers moved into their range, unknown keys dropped, and whatever is
 * missing or of the wrong type becomes the smallest instance. `conform(undefined, schema)` is therefore the smallest instance.
 * Understands the keywords that structured output allows: type, enum, const, properties, required, items, anyOf, oneOf, allOf, $ref, ranges
 * and lengths. Patterns and formats are not read.
 */
export function conform(value: unknown, schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isObject(schema) || depth > MAX_DEPTH) return value ?? null;
  if (typeof schema.$ref === 'string') return conform(value, resolve(schema.$ref, root), root, depth + 1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value) ? value : (schema.enum[0] as unknown);
  const choices = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(choices)) return conform(value, choices.find((choice) => accepts(value, choice, root)) ?? choices[0], root, depth + 1);
  if (Array.isArray(schema.allOf)) return conform(value, Object.assign({}, ...(schema.allOf as object[])), root, depth + 1);
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [typeof schema.type === 'string' ? schema.type : typeOf(schema)];
  const type = types.find((candidate) => isOfType(value, candidate)) ?? types[0];
  if (type === 'object') return conformObject(isObject(value) ? value : {}, schema, root, depth);
  if (type === 'array') return conformArray(Array.isArray(value) ? value : [], schema, root, depth);
  if (type === 'string') return conformText(typeof value === 'string' ? value : '', schema);
  if (type === 'integer' || type === 'number') return conformNumber(typeof value === 'number' ? value : 0, schema, type);
  if (type === 'boolean') return value === true;
  return null;
}

/** Schemas nest a few levels; a deeper one refers to itself without an end. */
const MAX_DEPTH = 24;

function conformObject(value: Record<string, unknown>, schema: Record<string, unknown>, root: unknown, depth: number): unknown {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? (schema.required as string[]) : [];
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(properties)) {
    if (key in value || required.includes(key)) result[key] = conform(value[key], inner, root, depth + 1);
  }
  if (schema.additionalProperties !== false && Object.keys(properties).length === 0) Object.assign(result, value);
  return result;
}

function conformArray(value: readonly unknown[], schema: Record<string, unknown>, root: unknown, depth: number): unknown[] {
  const least = typeof schema.minItems === 'number' ? schema.minItems : 0;
  const most = typeof schema.maxItems === 'number' ? schema.maxItems : value.length;
  const items = value.slice(0, Math.max(least, most));
  while (items.length < least) items.push(undefined);
  return items.map((item) => conform(item, schema.items, root, depth + 1));
}

function conformText(value: string, schema: Record<string, unknown>): string {
  const most = typeof schema.maxLength === 'number' ? schema.maxLength : Infinity;
  const least = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const clipped = value.length <= most ? value : value.slice(0, most);
  return clipped.length >= least ? clipped : clipped.padEnd(least, '-');
}

function conformNumber(value: number, schema: Record<string, unknown>, type: string): number {
  const step = type === 'integer' ? 1 : 1e-6;
  const least = typeof schema.minimum === 'number' ? schema.minimum : typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum + step : -Infinity;
  const most = typeof schema.maximum === 'number' ? schema.maximum : typeof schema.exclusiveMaximum === 'number' ? schema.exclusiveMaximum - step : Infinity;
  const whole = type === 'integer' ? Math.round(value) : value;
  return Math.min(most, Math.max(least, whole));
}

function accepts(value: unknown, schema: unknown, root: unknown): boolean {
  if (!isObject(schema)) return false;
  if (typeof schema.$ref === 'string') return accepts(value, resolve(schema.$ref, root), root);
  if ('const' in schema) return schema.const === value;
  if (Array.isArray(schema.enum)) return schema.enum.includes(value);
  const types = Array.isArray(schema.type) ? (schema.type as string[]) : [typeof schema.type === 'string' ? schema.type : typeOf(schema)];
  return types.some((type) => isOfType(value, type));
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  return type === 'object' ? isObject(value) : typeof value === type;
}

function typeOf(schema: Record<string, unknown>): string {
  return 'items' in schema ? 'array' : 'properties' in schema || Object.keys(schema).length === 0 ? 'object' : 'string';
}

function resolve(reference: string, root: unknown): unknown {
  let found: unknown = root;
  for (const part of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    found = isObject(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return found;
}
