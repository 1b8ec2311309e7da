/** The environment that commands get: API keys by name, and settings of services. The only place of the command line that reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}
