import type { Manifest } from './manifest.ts';
import type { Difference, Estimate, MetricInfo } from './metrics/metric.ts';
import type { BlameSection } from './sections/blame/model.ts';
import type { CompareModel } from './sections/compare/model.ts';
import type { CostsSection } from './sections/costs/model.ts';
import type { CurvesSection } from './sections/curves/model.ts';
import type { EffortSection } from './sections/effort/model.ts';
import type { JudgeSheetSection } from './sections/judge-sheet/model.ts';
import type { MemorySizeSection } from './sections/memory-size/model.ts';
import type { MemorySection } from './sections/memory/model.ts';
import type { ProbesSection } from './sections/probes/model.ts';
import type { TranscriptSample } from './sections/transcripts/model.ts';
import type { VectorsSection } from './sections/vectors/model.ts';

/**
 * Everything a report says, before it has a form: plain data that JSON can hold, in the order in which it is shown. Numbers are not rounded.
 * Equal runs give equal models.
 */
export interface ReportModel {
  /** Of the run; of several merged runs the first one's, with the methods and the plan of all. */
  readonly manifest: Manifest;
  /** The manifests of all runs in the report, by creation time; one unless runs were merged. */
  readonly runs: readonly Manifest[];
  readonly profiles: number;
  readonly planned: number;
  /** Planned sessions that have a record. */
  readonly recorded: number;
  /** The method that others are compared with; null without a comparison. */
  readonly baseline: string | null;
  /** Every metric of the report, in order. */
  readonly metrics: readonly MetricInfo[];
  /** In the manifest's order, controls after all others. */
  readonly methods: readonly MethodModel[];
  /** By trajectory. */
  readonly missing: readonly MissingSessions[];
  /** Everybody who gave a verdict, sorted. */
  readonly judges: readonly string[];
  /** Sentences for the top of the report, most serious first. */
  readonly warnings: readonly string[];
  readonly sections: Sections;
}

/** Null for what this report has nothing to say about. */
export interface Sections {
  readonly curves: CurvesSection;
  readonly probes: ProbesSection | null;
  readonly effort: EffortSection;
  readonly costs: CostsSection;
  readonly memorySize: MemorySizeSection | null;
  readonly memory: MemorySection | null;
  readonly blame: BlameSection | null;
  readonly vectors: VectorsSection | null;
  readonly compare: CompareModel | null;
  readonly judgeSheet: JudgeSheetSection | null;
  readonly transcripts: TranscriptSample | null;
}

export interface MethodModel {
  readonly name: string;
  readonly summary: string;
  /** Whether it is there to be compared with, not to be used. */
  readonly control: boolean;
  /** By metric id, every metric of the report. */
  readonly estimates: Readonly<Record<string, Estimate>>;
  /** To the baseline, paired by profile, by metric id; counts have none, and it is empty for the baseline and without one. */
  readonly differences: Readonly<Record<string, Difference>>;
  /** Faults that did not end a session, sorted by kind. */
  readonly faults: readonly { readonly kind: string; readonly count: number }[];
}

export interface MissingSessions {
  readonly method: string;
  readonly userId: string;
  /** Ascending. */
  readonly sessions: readonly number[];
}
