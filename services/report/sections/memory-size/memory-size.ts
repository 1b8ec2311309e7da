import type { CurvesSection } from '../curves/model.ts';
import type { MemorySizeSection } from './model.ts';

/** Memory by session, from the curves of its two metrics. */
export function memorySizeSection({ curves }: CurvesSection): MemorySizeSection | null {
  const curveOf = (metric: string) => curves.find((curve) => curve.metric === metric)!.methods;
  const injected = curveOf('injected_tokens');
  const methods = curveOf('memory_tokens').map(({ method, points }, index) => ({
    method,
    bySession: points.map((memoryTokens, session) => ({ session, memoryTokens, injectedTokens: injected[index]!.points[session]! })),
  }));
  const kept = methods.filter(({ bySession }) => bySession.some(({ memoryTokens, injectedTokens }) => (memoryTokens.value ?? 0) > 0 || (injectedTokens.value ?? 0) > 0));
  return kept.length > 0 ? { methods: kept } : null;
}
