import type { Difference, Estimate, MetricInfo, Unit } from './metrics/metric.ts';

/** A metric's value for a reader; "–" when there is no data, which is not zero. */
export function formatValue(metric: Quantity, value: number | null): string {
  if (value === null) return '–';
  return metric.unit === 'share' ? `${fixed(value * 100, 1)} %` : fixed(value, decimalsOf(metric.unit));
}

/** The interval in the unit of the value, e.g. "41.2 to 63.9"; empty when there is none. */
export function formatInterval(metric: Quantity, { interval }: Pick<Difference, 'interval'>): string {
  if (!interval) return '';
  const scale = scaleOf(metric);
  return `${fixed(interval.low * scale, decimalsOf(metric.unit))} to ${fixed(interval.high * scale, decimalsOf(metric.unit))}`;
}

/** A difference with its sign; differences of shares are in percentage points. */
export function formatDifference(metric: Quantity, value: number | null): string {
  if (value === null) return '–';
  const text = metric.unit === 'share' ? `${fixed(value * 100, 1)} pp` : fixed(value, decimalsOf(metric.unit));
  return value > 0 ? `+${text}` : text;
}

/** "62.5 % [41.2 to 63.9]" */
export function formatEstimate(metric: Quantity, estimate: Pick<Estimate, 'value' | 'interval'>): string {
  const interval = formatInterval(metric, estimate);
  return `${formatValue(metric, estimate.value)}${interval && ` [${interval}]`}`;
}

/** What the unit of a metric is called. */
export function unitOf(metric: Quantity): string {
  return metric.unit === 'share' ? '%' : metric.unit;
}

/** What a plot multiplies values by: shares are drawn in per cent. */
export function scaleOf(metric: Quantity): number {
  return metric.unit === 'share' ? 100 : 1;
}

/** The label of an axis, e.g. "Task success (%)"; the unit is left out where the label says it, and stands alone where both would be too long. */
export function axisLabel(metric: Quantity & { readonly label: string }): string {
  const unit = unitOf(metric);
  const label = metric.label.replace(/ per session$/, '');
  const whole = label.toLowerCase().includes(unit) ? label : `${label} (${unit})`;
  return whole.length > LONGEST_LABEL ? unit : whole;
}

/** Letters that fit beside a drawing of usual height. */
const LONGEST_LABEL = 36;

/** "↑" when higher is better, "↓" when lower is, nothing for neither. */
export function arrowOf(metric: Pick<MetricInfo, 'direction'>): string {
  return { higher: '↑', lower: '↓', neutral: '' }[metric.direction];
}

/** A p-value: three decimals, "< 0.001" below; "–" when there is none. */
export function formatP(p: number | null): string {
  if (p === null) return '–';
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A share as "62.5 %"; "–" when there is no data. */
export function percent(share: number | null, decimals = 1): string {
  return share === null ? '–' : `${fixed(share * 100, decimals)} %`;
}

/** Fixed decimals with a comma between thousands and a true minus sign; the same with every locale. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '0', part] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const negative = value < 0 && Number(text) !== 0;
  return `${negative ? '−' : ''}${grouped}${part === undefined ? '' : `.${part}`}`;
}

/** "1 session", "3 sessions" */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${fixed(count, 0)} ${count === 1 ? noun : plural}`;
}

/** An endpoint without user name, password, query and fragment, which may hold secrets. */
export function publicEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

function decimalsOf(unit: string): number {
  return DECIMALS[unit as Unit] ?? 2;
}

const DECIMALS: Record<Unit, number> = {
  share: 1,
  score: 3,
  sessions: 0,
  'per session': 2,
  turns: 1,
  tokens: 0,
  'tokens per session': 0,
  'points per session': 2,
  'successes per 1,000 tokens': 2,
  'currency per session': 4,
  'seconds per session': 2,
  'Wh per session': 3,
  'Wh per success': 3,
};

/** All that formatting needs of a metric; a comparison names its units as text. */
type Quantity = { readonly unit: string };
