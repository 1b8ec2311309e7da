import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ReportModel } from '../model.ts';
import { simulatedNotice } from '../prose.ts';
import { html, Html } from './markup.ts';
import { blameTab } from './tabs/blame.ts';
import { comparisonTab } from './tabs/comparison.ts';
import { complianceTab } from './tabs/compliance.ts';
import { conflictsTab } from './tabs/conflicts.ts';
import { costsTab } from './tabs/costs.ts';
import { curvesTab } from './tabs/curves.ts';
import { effortTab } from './tabs/effort.ts';
import { judgeTab } from './tabs/judge-sheet.ts';
import { manifestTab } from './tabs/manifest.ts';
import { memoryTab } from './tabs/memory.ts';
import { metricsTab } from './tabs/metrics.ts';
import { overviewTab } from './tabs/overview.ts';
import { transcriptsTab } from './tabs/transcripts.ts';
import { vectorsTab } from './tabs/vectors.ts';
import { createView } from './view.ts';

/** index.html, one file that needs nothing else and asks no network, and its plots as files of their own. Equal models give equal bytes. */
export async function renderPage(model: ReportModel): Promise<Page> {
  const view = createView(model);
  const all: [id: string, label: string, content: Html | null][] = [
    ['overview', 'Overview', overviewTab(model)],
    ['curves', 'Learning curves', await curvesTab(view)],
    ['conflicts', 'Conflicts', await conflictsTab(view)],
    ['effort', 'Effort', await effortTab(view)],
    ['compliance', 'Compliance', await complianceTab(view)],
    ['memory', 'Memory', await memoryTab(view)],
    ['costs', 'Costs', await costsTab(view)],
    ['blame', 'Blame', await blameTab(view)],
    ['vectors', 'User vectors', await vectorsTab(view)],
    ['comparison', 'Comparison', await comparisonTab(view)],
    ['judge', 'Judge', await judgeTab(view)],
    ['transcripts', 'Transcripts', transcriptsTab(model)],
    ['metrics', 'All metrics', metricsTab(model)],
    ['manifest', 'Manifest', manifestTab(model)],
  ];
  const tabs = all.flatMap(([id, label, content]) => (content ? [{ id, label, content }] : []));
  return { html: documentOf(model, tabs), plots: [...view.plots].map(([name, svg]) => ({ name: `${name}.svg`, svg })) };
}

function documentOf({ manifest }: ReportModel, tabs: readonly { id: string; label: string; content: Html }[]): string {
  const notice = simulatedNotice(manifest);
  const script = ['tabs', 'transcripts'].map((name) => textBeside(`./client/${name}.js`)).join('');
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Attune report: ${manifest.name}</title>
<style>
${new Html(textBeside('./report.css'))}</style>
</head>
<body>
${notice !== null && html`<p class="simulated" role="note"><strong>${notice}</strong></p>
`}<header>
<h1>Attune report: ${manifest.name}</h1>
</header>
<div class="frame">
<nav class="tabs" aria-label="Sections">
${tabs.map(({ id, label }) => html`<a id="tab-${id}" href="#${id}">${label}</a>
`)}</nav>
<main>
${tabs.map(({ id, label, content }) => html`<section class="panel" id="${id}">
<h2>${label}</h2>
${content}
</section>
`)}</main>
</div>
<script type="module">${new Html(script)}</script>
</body>
</html>
`.text;
}

function textBeside(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

export interface Page {
  readonly html: string;
  /** File names under report/plots and their SVG text. */
  readonly plots: readonly { readonly name: string; readonly svg: string }[];
}
