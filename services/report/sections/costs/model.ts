import type { Estimate } from '../../metrics/metric.ts';

/** Calls, tokens, time, money and energy by method and role. */
export interface CostsSection {
  /** Sorted by method (in the report's order), role and model. */
  readonly roles: readonly RoleCost[];
  /** In the report's order of methods. */
  readonly methods: readonly MethodCost[];
  /** Whether the experiment names a price for any model of the run. */
  readonly priced: boolean;
  /** Whether the experiment names the power of any role. */
  readonly metered: boolean;
}

/** Sums over all sessions and verdicts of a method. */
export interface RoleCost {
  readonly method: string;
  readonly role: string;
  readonly model: string;
  /** Whether it is the cost of the method; simulator and judge are the cost of measuring. */
  readonly ofMethod: boolean;
  readonly calls: number;
  /** As the endpoint counted them. */
  readonly promptTokens: number;
  /** Part of promptTokens that came from the endpoint's prefix cache; null when no endpoint told of any in this report. */
  readonly cachedPromptTokens: number | null;
  readonly completionTokens: number;
  /** Time spent in the calls, in seconds, summed over calls that ran side by side; null when the run's events do not tell. */
  readonly seconds: number | null;
  /** In the currency of the configured prices; null for a model without a price. */
  readonly money: number | null;
  /** Watt-hours: seconds times the configured power; null without either. */
  readonly wattHours: number | null;
}

export interface MethodCost {
  readonly method: string;
  /** From the first message to what the method learned, a session, in seconds. */
  readonly wallSeconds: Estimate;
  /** Of the method alone, a session. */
  readonly money: Estimate;
  /** Of simulator and judge, a session. */
  readonly measuringMoney: Estimate;
  readonly wattHours: Estimate;
  readonly measuringWattHours: Estimate;
  /** Of the method alone, for each session solved. */
  readonly moneyPerSuccess: Estimate;
}
