import type { Difference, Estimate } from './aggregate.ts';
import type { Metric } from './metrics.ts';

/** A metric's value for a reader; "–" when there is no data, which is not zero. */
export function formatValue(metric: Metric, value: number | null): string {
  if (value === null) return '–';
  if (metric.unit === 'share') return `${fixed(value * 100, 1)} %`;
  return fixed(value, DECIMALS[metric.unit]);
}

/** The interval in the unit of the value, e.g. "41.2 to 63.9"; empty when there is none. */
export function formatInterval(metric: Metric, { interval }: Difference): string {
  if (!interval) return '';
  const scale = metric.unit === 'share' ? 100 : 1;
  const decimals = metric.unit === 'share' ? 1 : DECIMALS[metric.unit];
  return `${fixed(interval.low * scale, decimals)} to ${fixed(interval.high * scale, decimals)}`;
}

/** A difference with its sign; differences of shares are in percentage points. */
export function formatDifference(metric: Metric, value: number | null): string {
  if (value === null) return '–';
  const text = metric.unit === 'share' ? `${fixed(value * 100, 1)} pp` : fixed(value, DECIMALS[metric.unit]);
  return value > 0 ? `+${text}` : text;
}

/** "62.5 % [41.2 to 63.9]" */
export function formatEstimate(metric: Metric, estimate: Estimate): string {
  const interval = formatInterval(metric, estimate);
  return `${formatValue(metric, estimate.value)}${interval && ` [${interval}]`}`;
}

/** What the unit of a metric is called. */
export function unitOf(metric: Metric): string {
  return metric.unit === 'share' ? '%' : metric.unit;
}

/** "↑" when higher is better, "↓" when lower is, nothing for neither. */
export function arrowOf(metric: Metric): string {
  return { higher: '↑', lower: '↓', neutral: '' }[metric.direction];
}

/** Fixed decimals with a comma between thousands and a true minus sign; the same with every locale. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '0', part] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const negative = value < 0 && Number(text) !== 0;
  return `${negative ? '−' : ''}${grouped}${part === undefined ? '' : `.${part}`}`;
}

/** An endpoint without user name, password, query and fragment, which may hold secrets. */
export function publicEndpoint(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const url = new URL(endpoint);
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}

const DECIMALS: Record<Metric['unit'], number> = { share: 1, sessions: 0, 'per session': 2, 'tokens per session': 0, tokens: 0 };
