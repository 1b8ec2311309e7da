import type { Difference, Estimate } from '../../metrics/metric.ts';

/** Learning curves: metrics by session index, means over profiles with 95 % bands from a bootstrap over profiles. */
export interface CurvesSection {
  /** Session indexes go from 0 to one less than this. */
  readonly sessions: number;
  /** In the order of the metric table. */
  readonly curves: readonly CurveModel[];
}

export interface CurveModel {
  /** Id of the metric. */
  readonly metric: string;
  /** In the report's order of methods. */
  readonly methods: readonly MethodCurve[];
}

export interface MethodCurve {
  readonly method: string;
  /** One for each session index, in order; `value` null where there is no data. */
  readonly points: readonly Estimate[];
  /** Change of the metric from one session to the next: least squares for each profile, then the mean over profiles. */
  readonly slope: Slope;
}

export interface Slope extends Difference {
  /** Profiles with at least two sessions that have a value. */
  readonly profiles: number;
}
