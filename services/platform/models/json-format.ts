import { z } from 'zod';
import { AttuneError } from '../errors.ts';
import type { JsonFormat } from './types.ts';

/**
 * The wire's `response_format` for a zod schema: strict, no additional properties, every property required. A property that may be absent
 * cannot be said in strict mode: make it nullable, or give it a default (which then only serves servers that do not enforce schemas).
 * Throws `invalid_argument` naming the schema when it cannot be sent. Built once per schema.
 */
export function responseFormat(format: NamedSchema): ResponseFormat {
  const known = built.get(format.schema);
  if (known && known.json_schema.name === format.name) return known;
  const made = build(format);
  built.set(format.schema, made);
  return made;
}

const built = new WeakMap<z.ZodType, ResponseFormat>();

function build({ name, schema }: NamedSchema): ResponseFormat {
  if (!/^[\w-]{1,64}$/.test(name)) throw new AttuneError('invalid_argument', `Expected a schema name of 1 to 64 letters, digits, _ and -, found ${JSON.stringify(name)}.`);
  let json: JsonSchema;
  try {
    // What the model writes is the input of the schema: transforms come after.
    json = z.toJSONSchema(schema, { io: 'input' });
  } catch (cause) {
    throw new AttuneError('invalid_argument', `Schema "${name}" cannot be written as JSON schema: ${(cause as Error).message}.`, { cause });
  }
  if (json['type'] !== 'object') throw new AttuneError('invalid_argument', `Expected the root of schema "${name}" to be an object, found ${JSON.stringify(json['type'] ?? 'a union')}; wrap it in an object.`);
  delete json['$schema'];
  tighten(json, name);
  return { type: 'json_schema', json_schema: { name, strict: true, schema: json } };
}

/** Makes a schema strict in place, with all the schemas inside it. */
function tighten(node: unknown, name: string): void {
  if (Array.isArray(node)) {
    for (const item of node) tighten(item, name);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const schema = node as JsonSchema;
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (schema['type'] === 'object' && properties) {
    const required = new Set((schema['required'] as string[] | undefined) ?? []);
    for (const [key, property] of Object.entries(properties)) {
      if (!required.has(key) && !('default' in property)) {
        throw new AttuneError('invalid_argument', `Property "${key}" of schema "${name}" is optional, which strict structured output cannot say; make it nullable or give it a default.`);
      }
      delete property['default'];
    }
    schema['required'] = Object.keys(properties);
    schema['additionalProperties'] ??= false;
  }
  // Zod bounds every integer by what a double holds; grammars only get slower by it.
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  for (const [key, value] of Object.entries(schema)) {
    // A property may be called like a keyword: its schemas are looked at, their names are not.
    if (key === 'properties' || key === '$defs') for (const inner of Object.values(value as object)) tighten(inner, name);
    else if (key !== 'enum' && key !== 'const' && key !== 'required' && key !== 'examples') tighten(value, name);
  }
}

export interface ResponseFormat {
  type: 'json_schema';
  json_schema: { name: string; strict: true; schema: Record<string, unknown> };
}

/** What is sent as `response_format`. */
export type WireFormat = ResponseFormat | { type: 'json_object'; schema: Record<string, unknown> };

type NamedSchema = Pick<JsonFormat<unknown>, 'name' | 'schema'>;

type JsonSchema = Record<string, unknown>;
