import type { Interval } from '../../statistics/interval.ts';

/** How far the judge of a run can be trusted: what `attune judge check` found, and the scores that follow from it. Shares are 0 to 1; null is "not measured". */
export interface JudgeSheetSection extends JudgeCheck {
  /** By metric, then by method in the report's order; empty without labels. */
  readonly corrected: readonly CorrectedScore[];
}

/** What stands in judge-check.json: figures about the judge alone. */
export interface JudgeCheck {
  readonly schemaVersion: 1;
  readonly judge: CheckedJudge;
  /** What repeats, modes and rules were measured on; null when only the anchors were asked. */
  readonly sample: CheckSample | null;
  readonly anchors: AnchorResult | null;
  /** Repeats of equal questions with other seeds and orders. */
  readonly stability: readonly StabilityFigure[];
  /** Whether the place at which something is shown sways the verdict. */
  readonly order: OrderFigures | null;
  /** One call a session against one call a turn, over pairs of turn and preference. */
  readonly modes: Agreement | null;
  /** The judge against rule checks, wherever a rule decides; the first entry, with rule null, is all of them. */
  readonly rules: readonly RuleAgreement[];
  readonly blindness: BlindnessFigures | null;
  /** Each judge of a panel by itself; null for a single judge. */
  readonly panel: PanelFigures | null;
  /** The recorded verdicts of the run against labels; one entry for each kind of verdict that has labels. */
  readonly labels: readonly LabelFigures[];
}

export interface CheckedJudge {
  readonly models: readonly string[];
  /** SHA-256 of the prompts. */
  readonly promptHash: string;
  readonly parserVersion: number;
}

export interface CheckSample {
  /** "run" or, without a run, "examples". */
  readonly source: 'run' | 'examples';
  readonly sessions: number;
  readonly repeats: number;
  readonly seed: number;
  /** Answers asked for, and those that could not be read. */
  readonly asked: number;
  readonly unreadable: number;
}

export interface AnchorResult {
  readonly passed: boolean;
  readonly groups: readonly AnchorGroup[];
}

/** Questions of one kind with a known answer. */
export interface AnchorGroup {
  readonly question: 'task' | 'turns' | 'probe' | 'pair';
  readonly kind: 'known_good' | 'known_bad' | 'identical_pair' | 'wrong_user' | 'empty_answer';
  readonly asked: number;
  readonly right: number;
  readonly interval: Interval | null;
  /** The least number of right answers that passes. */
  readonly least: number;
  readonly passed: boolean;
  /** What went wrong, a sentence each. */
  readonly failures: readonly string[];
}

/** What a verdict can be about. `turns` verdicts are three: whether a preference applies, whether it was followed, whether it was over-applied. */
export type VerdictKind = 'task' | 'applicable' | 'followed' | 'over_applied' | 'probe';

export interface StabilityFigure {
  readonly kind: VerdictKind;
  readonly items: number;
  /** Chance that two answers to one question differ; by user, with a bootstrap interval. */
  readonly flipRate: number | null;
  readonly interval: Interval | null;
  readonly alpha: number | null;
}

export interface OrderFigures {
  /** Share called applicable when shown in the first half of the list, less that of the second half, for the same preferences of the same turns. */
  readonly firstHalf: PlacedShare | null;
  readonly pairs: PairOrderFigures | null;
}

export interface PlacedShare {
  readonly difference: number;
  readonly interval: Interval | null;
  /** Preference and turn pairs that were shown in both halves. */
  readonly items: number;
}

export interface PairOrderFigures {
  /** Pairs asked in both orders. */
  readonly items: number;
  /** Share whose verdict changed with the order. */
  readonly flipped: number;
  readonly interval: Interval | null;
  /** Among single answers that name a side: the share that names the one shown first; 0.5 is no bias. */
  readonly first: number | null;
  readonly firstInterval: Interval | null;
}

export interface Agreement {
  readonly items: number;
  readonly agreement: number | null;
  readonly interval: Interval | null;
  readonly kappa: number | null;
}

export interface RuleAgreement extends Agreement {
  /** Null for all rules together. */
  readonly rule: string | null;
}

export interface BlindnessFigures {
  /** Questions looked through. */
  readonly questions: number;
  /** Those that name a method outside the dialogue, the problem and the preferences: should be 0. */
  readonly naming: number;
  /** Dialogues in which the agent itself says the name of its method. */
  readonly dialogues: number;
}

export interface PanelFigures {
  readonly judges: readonly PanelJudge[];
  /** Spearman's rho of the methods' scores under two judges; null below three methods or without a difference. */
  readonly ranks: readonly { readonly first: number; readonly second: number; readonly success: number | null; readonly compliance: number | null }[];
}

export interface PanelJudge {
  readonly model: string;
  /** Of the flip rates above, this judge's own over task and followed verdicts. */
  readonly flipRate: number | null;
  readonly ruleAgreement: number | null;
  readonly methods: readonly { readonly method: string; readonly success: number | null; readonly compliance: number | null }[];
}

export interface LabelFigures {
  readonly kind: 'task' | 'turns';
  readonly labels: number;
  /** Labelled items without a readable verdict; in no figure below. */
  readonly unscored: number;
  readonly accuracy: number | null;
  readonly accuracyInterval: Interval | null;
  readonly kappa: number | null;
  /** Of items with a label and a verdict that say followed or violated, for turns; of all, for tasks. Positive is correct, or followed. */
  readonly positives: number;
  readonly truePositives: number;
  readonly negatives: number;
  readonly trueNegatives: number;
  readonly sensitivity: number | null;
  readonly sensitivityInterval: Interval | null;
  readonly specificity: number | null;
  readonly specificityInterval: Interval | null;
  /** Expected calibration error. */
  readonly calibrationError: number | null;
  readonly reliability: readonly { readonly low: number; readonly high: number; readonly items: number; readonly certainty: number | null; readonly accuracy: number | null }[];
  readonly coverage: readonly { readonly certainty: number; readonly coverage: number; readonly accuracy: number }[];
}

export interface CorrectedScore {
  /** A metric of the report: "success" or "compliance_micro". */
  readonly metric: string;
  readonly method: string;
  /** Items that the judge scored. */
  readonly items: number;
  /** As judged, over them. */
  readonly raw: number | null;
  /** Corrected for the judge's errors; null where that was refused. */
  readonly value: number | null;
  /** With the chance in verdicts and labels. */
  readonly interval: Interval | null;
  /** Why there is no corrected score: one sentence; null when there is one. */
  readonly refused: string | null;
}
