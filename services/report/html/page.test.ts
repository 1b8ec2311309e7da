import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildReport } from '../build.ts';
import { sampleInputs, sampleManifest, sampleSession, writeRun } from '../sample-run.ts';

let folder: string;
let golden: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attune-page-'));
  const run = join(folder, 'golden');
  await cp(fileURLToPath(new URL('../golden/run-v1', import.meta.url)), run, { recursive: true });
  await buildReport(run);
  golden = join(run, 'report');
});
afterAll(() => rm(folder, { recursive: true }));

test('the page loads nothing, and its policy lets its own script run and no other', async () => {
  const page = await readFile(join(golden, 'index.html'), 'utf8');
  expect(page).not.toMatch(/<link|<img|<iframe|<object|\ssrc=|url\((?!#)|@import|\son\w+=|https?:\/\/(?!www\.w3\.org|127\.0\.0\.1)/);
  const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
  const [, script = ''] = /<script type="module">([^]*?)<\/script>/.exec(page) ?? [];
  expect(script.length).toBeGreaterThan(1000);
  expect(policy).toContain("default-src &#39;none&#39;");
  expect(policy).toContain(`sha256-${createHash('sha256').update(script).digest('base64')}`);
});

test('ids are unique, and every reference has its target', async () => {
  const page = await readFile(join(golden, 'index.html'), 'utf8');
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const references = [...page.matchAll(/(?:href="|aria-labelledby="|url\()#?([\w -]+)["\)]/g)].flatMap(([, found = '']) => found.split(' '));
  expect(references.filter((id) => id !== 'data' && !ids.includes(id))).toEqual([]);
});

test('every plot is also a file of its own, on white paper, with title and description', async () => {
  const page = await readFile(join(golden, 'index.html'), 'utf8');
  const files = (await readdir(join(golden, 'plots'))).sort();
  expect(files).toEqual([...page.matchAll(/<figure id="figure-([^"]*)"/g)].map(([, id]) => `${id}.svg`).sort());
  expect(files).toContain('curve-success.svg');
  for (const file of files) {
    const svg = await readFile(join(golden, 'plots', file), 'utf8');
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^]*<title id="[^"]*">[^<]+<\/title><desc id="[^"]*">[^<]+<\/desc><rect [^>]*fill="#ffffff"\/>[^]*<\/svg>\n$/);
    expect(svg).not.toMatch(/var\(|NaN|undefined/);
  }
});

test('what users and agents write cannot end the data of the transcripts', async () => {
  const run = join(folder, 'evil');
  const inputs = sampleInputs(['u-01']);
  const text = '</script><script>alert(1)</script><!-- \u2028 & "';
  const session = sampleSession('notes', 'u-01', 0);
  session.turns[0]!.user!.userMessage = text;
  session.finalDraft = text;
  await writeRun(run, { inputs, manifest: sampleManifest(inputs, { methods: ['notes'], sessions: 1 }), sessions: [session], verdicts: [] });
  await buildReport(run, { allowIncomplete: true });
  const page = await readFile(join(run, 'report/index.html'), 'utf8');
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toContain('<!--');
  const [, data = ''] = /<script type="application\/json" id="transcript-data">([^]*?)<\/script>/.exec(page) ?? [];
  const parsed = JSON.parse(data) as { sessions: { finalDraft: string; turns: { user: { text: string } }[] }[] };
  expect(parsed.sessions[0]!.turns[0]!.user.text).toBe(text);
  expect(parsed.sessions[0]!.finalDraft).toBe(text);
});
