import { listMethods, loadMethod } from '../../services/agent/service.ts';

/** The built-in methods, controls included, without those that hand their memory to a product, which needs a server or a folder of its own. */
export async function ownMethods(): Promise<string[]> {
  const loaded = await Promise.all(listMethods().map((name) => loadMethod(name)));
  return loaded.filter(({ method }) => method.usesProduct === undefined).map(({ name }) => name);
}
