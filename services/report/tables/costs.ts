import { fixed, formatEstimate, percent } from '../format.ts';
import type { CostsSection, MethodCost } from '../sections/costs/model.ts';
import { columnsOf, type Column, type DataTable } from './data-table.ts';

/** Sums over all sessions by method and role. */
export function roleTable({ roles, priced, metered }: CostsSection): DataTable {
  const whole = (value: number) => fixed(value, 0);
  const columns: Column[] = [
    { label: 'Method' },
    { label: 'Role', text: true },
    { label: 'Model', text: true },
    { label: 'Calls', format: whole },
    { label: 'Prompt tokens', format: whole },
    { label: 'Cached' },
    { label: 'Completion tokens', format: whole },
    { label: 'Time (s)', format: (value) => fixed(value, 1) },
    ...(priced ? [{ label: 'Money', format: (value: number) => fixed(value, 4) }] : []),
    ...(metered ? [{ label: 'Energy (Wh)', format: (value: number) => fixed(value, 2) }] : []),
  ];
  return {
    columns,
    rows: roles.map((one) => [
      one.method, one.role, one.model, one.calls, one.promptTokens,
      one.cachedPromptTokens === null ? null : percent(one.promptTokens > 0 ? one.cachedPromptTokens / one.promptTokens : 0),
      one.completionTokens, one.seconds,
      ...(priced ? [one.money] : []),
      ...(metered ? [one.wattHours] : []),
    ]),
  };
}

/** What a session of each method takes. */
export function sessionTable({ methods, priced, metered }: CostsSection): DataTable {
  const shown: [label: string, unit: string, of: (cost: MethodCost) => MethodCost['money']][] = [['Wall time (s)', 'seconds per session', (cost) => cost.wallSeconds]];
  if (priced) {
    shown.push(
      ['Money of the method', 'currency per session', (cost) => cost.money],
      ['Money of measuring', 'currency per session', (cost) => cost.measuringMoney],
      ['Money for each session solved', 'currency per session', (cost) => cost.moneyPerSuccess],
    );
  }
  if (metered) shown.push(['Energy of the method (Wh)', 'Wh per session', (cost) => cost.wattHours], ['Energy of measuring (Wh)', 'Wh per session', (cost) => cost.measuringWattHours]);
  return {
    columns: columnsOf('Method', ...shown.map(([label]) => label)),
    rows: methods.map((cost) => [cost.method, ...shown.map(([, unit, of]) => formatEstimate({ unit }, of(cost)))]),
  };
}

/** What the columns leave open. */
export function costNote({ priced, metered }: CostsSection): string {
  return [
    "Cached: prompt tokens that came from the endpoint's prefix cache; – when no endpoint told. Time is summed over calls that ran side by side.",
    ...(priced ? [] : ['No prices are configured, so there is no money.']),
    ...(metered ? [] : ['No power is configured, so there is no energy.']),
  ].join(' ');
}
