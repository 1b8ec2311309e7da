import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METRICS, type MetricName } from '../services/platform/metrics/definitions.ts';
import { ROOT } from './support/attune.ts';

interface Panel {
  title: string;
  type: string;
  targets?: { expr: string }[];
}

test('every expression of the dashboard names metrics and labels that exist, and every metric is shown', () => {
  const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/attune.json'), 'utf8')) as { panels: Panel[] };
  const shown = new Set<string>();
  for (const { title, targets } of panels.filter(({ type }) => type !== 'row')) {
    expect([title, targets?.length ?? 0]).not.toEqual([title, 0]);
    for (const { expr } of targets!) {
      const names = [...expr.matchAll(/attune_\w+/g)].map(([name]) => name);
      expect([title, names.length > 0]).toEqual([title, true]);
      for (const name of names) {
        const base = name in METRICS ? name : name.replace(/_(bucket|sum|count)$/, '');
        expect([title, name, base in METRICS]).toEqual([title, name, true]);
        const { kind, labels } = METRICS[base as MetricName];
        expect([title, name, base === name]).toEqual([title, name, kind !== 'histogram']);
        // Counters and histograms mean something only as a rate.
        if (kind !== 'gauge') expect([title, new RegExp(`(rate|increase)\\(${name}`).test(expr)]).toEqual([title, true]);
        const used = [...expr.matchAll(/(?:by|without) \(([^)]*)\)|(\w+)(?:=~|!~|!=|=)"/g)].flatMap(([, list, label]) => list?.split(', ') ?? [label!]);
        expect([title, used.filter((label) => label !== 'le' && !(labels as readonly string[]).includes(label))]).toEqual([title, []]);
        shown.add(base);
      }
    }
  }
  expect([...shown].sort()).toEqual(Object.keys(METRICS).sort());
});
