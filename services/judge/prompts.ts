import { loadPrompt } from '../platform/prompts.ts';

/** The judge's prompts by name. Their hash is part of its identity: changing one makes its scores a new column. */
export const prompts = {
  session: loadPrompt(new URL('./prompts/session.md', import.meta.url)),
  turn: loadPrompt(new URL('./prompts/turn.md', import.meta.url)),
  task: loadPrompt(new URL('./prompts/task.md', import.meta.url)),
  probe: loadPrompt(new URL('./prompts/probe.md', import.meta.url)),
  pair: loadPrompt(new URL('./prompts/pair.md', import.meta.url)),
};
