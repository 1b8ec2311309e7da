import { fixed, percent } from '../../format.ts';
import type { MemorySection } from '../../sections/memory/model.ts';
import type { MemorySizePoint, MemorySizeSection } from '../../sections/memory-size/model.ts';
import { columnsOf } from '../../tables/data-table.ts';
import { matchingNote, memoryTable } from '../../tables/memory.ts';
import { curvePlots } from '../curve-plots.ts';
import { html, type Html } from '../markup.ts';
import { dotsPlot } from '../plots/dots.ts';
import type { Plot } from '../plots/figure.ts';
import { linesPlot } from '../plots/lines.ts';
import { SERIES_COLORS } from '../plots/palette.ts';
import { tableOf } from '../table.ts';
import { figures, type View } from '../view.ts';

/** What memories hold: how big they are, how right, what is found in them. Null when no method of the run keeps any. */
export async function memoryTab(view: View): Promise<Html | null> {
  const { memorySize, memory } = view.model.sections;
  if (!memorySize && !memory) return null;
  const plots = [
    memorySize && sizePlot(view, memorySize, 'memoryTokens', 'memory-size-by-session', 'Size of memory by session', 'Tokens of the whole memory after a session, mean over profiles with 95 % bands.', 'Memory (tokens)'),
    memorySize && sizePlot(view, memorySize, 'injectedTokens', 'memory-block-by-session', 'Memory in the prompt by session', "Tokens of the memory block that the agent was given, mean over a session's turns.", 'Memory block (tokens)'),
    memory && sharesPlot(memory, 'memory-precision-recall', 'Memory precision and recall', 'Of the notes in the prompt, those that say a preference that applies (precision); of the preferences that apply, those in the prompt (recall).', [
      ['precision', (one) => one.precision],
      ['recall', (one) => one.recall],
    ]),
    memory && sharesPlot(memory, 'extraction', 'Extraction', 'Preferences read from what users said against those they revealed.', [
      ['precision', (one) => one.extraction?.precision ?? null],
      ['recall', (one) => one.extraction?.recall ?? null],
      ['F1', (one) => one.extraction?.f1 ?? null],
    ]),
    memory && sharesPlot(memory, 'retrieval', 'Retrieval', `Cards chosen against the truly applicable preferences, at k = ${memory.k}: nDCG and recall.`, [
      ['nDCG', (one) => one.ndcg],
      ['recall', (one) => one.recallAtK],
    ]),
    memory && reconstructionPlot(view, memory),
    ...curvePlots(view, ['Memory']).filter((plot) => plot && !SHOWN_AS_SIZE.includes(plot.id)),
  ];
  return html`<div class="plots">${await figures(view, plots)}</div>
${memory && html`<h3>Memory in numbers</h3>
${tableOf(memoryTable(memory), 'Memory in numbers')}
<p class="note">${matchingNote(memory)}</p>`}`;
}

/** Curves that the size plots show for the methods that keep a memory. */
const SHOWN_AS_SIZE = ['curve-memory-tokens', 'curve-injected-tokens'];

function sizePlot(view: View, section: MemorySizeSection, key: 'memoryTokens' | 'injectedTokens', id: string, title: string, about: string, y: string): Plot | null {
  const points = (all: readonly MemorySizePoint[]) => all.map((point) => ({ x: point.session, value: point[key].value, low: point[key].interval?.low ?? null, high: point[key].interval?.high ?? null }));
  const lines = section.methods.map(({ method, bySession }) => ({ name: method, points: points(bySession) })).filter((line) => line.points.some(({ value }) => value !== null && value > 0));
  if (lines.length === 0) return null;
  return {
    id,
    title,
    about,
    description: `A line for each method that keeps a memory: ${lines.map((line) => `${line.name} ends at ${fixed(line.points.findLast(({ value }) => value !== null)?.value ?? 0, 0)} tokens`).join('; ')}.`,
    spec: linesPlot({ lines, styles: view.styles, x: 'Session', y, baseline: null }),
    table: {
      columns: columnsOf('method', 'session', 'tokens', 'low', 'high'),
      rows: lines.flatMap((line) => line.points.map(({ x, value, low, high }) => [line.name, x, value, low, high])),
    },
  };
}

function sharesPlot({ methods }: MemorySection, id: string, title: string, about: string, measures: readonly Measure[]): Plot | null {
  const known = methods.filter((method) => measures.some(([, of]) => of(method) !== null));
  if (known.length === 0) return null;
  const groups = measures.map(([name]) => name);
  return {
    id,
    title,
    about,
    description: known.map((method) => `${method.method}: ${measures.map(([name, of]) => `${name} ${percent(of(method))}`).join(', ')}`).join('; '),
    spec: dotsPlot({
      dots: known.flatMap((method) => measures.map(([group, of]) => ({ name: method.method, group, value: scaled(of(method)), low: null, high: null, text: percent(of(method)) }))),
      names: known.map(({ method }) => method),
      groups,
      styles: new Map(groups.map((group, index) => [group, { color: SERIES_COLORS[index]!, dash: [1, 0], shape: ['circle', 'square', 'triangle-up'][index]! }])),
      x: `${groups.join(', ')} (%)`,
      domain: [0, 100],
    }),
    table: { columns: columnsOf('method', ...groups), rows: known.map((method) => [method.method, ...measures.map(([, of]) => of(method))]) },
  };
}

function reconstructionPlot(view: View, { methods }: MemorySection): Plot | null {
  const lines = methods
    .map(({ method, bySession }) => ({ name: method, points: bySession.map(({ session, reconstruction }) => ({ x: session, value: scaled(reconstruction), low: null, high: null })) }))
    .filter((line) => line.points.length > 1 && line.points.some(({ value }) => value !== null));
  if (lines.length === 0) return null;
  return {
    id: 'profile-reconstruction-by-session',
    title: 'Profile reconstruction by session',
    about: "Share of a user's preferences that the memory is known to hold after a session, mean over users. A memory of words cannot know what the user has not revealed: that share is in the data.",
    description: lines.map((line) => `${line.name} ends at ${fixed(line.points.findLast(({ value }) => value !== null)?.value ?? 0, 0)} %`).join('; '),
    spec: linesPlot({ lines, styles: view.styles, x: 'Session', y: 'Preferences held (%)', baseline: null }),
    table: {
      columns: columnsOf('method', 'session', 'held', 'revealed'),
      rows: methods.flatMap(({ method, bySession }) => bySession.map(({ session, reconstruction, revealed }) => [method, session, reconstruction, revealed])),
    },
  };
}

function scaled(share: number | null): number | null {
  return share === null ? null : share * 100;
}

type Measure = readonly [name: string, of: (method: MemorySection['methods'][number]) => number | null];
