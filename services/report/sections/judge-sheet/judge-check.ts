import { modeAgreement, ruleAgreements } from './agreement.ts';
import type { AnchorResult, CheckSample, JudgeCheck, LabelFigures } from './model.ts';
import type { JudgeObservations } from './observations.ts';
import { orderFigures } from './order.ts';
import { panelFigures } from './panel.ts';
import { stabilityFigures } from './stability.ts';

/** Makes the figures of judge-check.json of what a judge was seen to say. `methods` in the order of the run. Equal observations in any order give equal figures. */
export function judgeCheckOf(observations: JudgeObservations, { source, seed, methods, anchors, labels }: JudgeCheckParts): JudgeCheck {
  const { judge, repeats, blindness } = observations;
  const items = [...observations.items].sort(byKey);
  const answers = items.flatMap(({ said }) => said.flat());
  return {
    schemaVersion: 1,
    judge: { models: judge.panel.length > 0 ? [...judge.panel] : [judge.model], promptHash: judge.promptHash, parserVersion: judge.parserVersion },
    sample: { source, sessions: new Set(items.map(({ method, userId, session }) => JSON.stringify([method, userId, session]))).size, repeats, seed, asked: answers.length, unreadable: answers.filter((answer) => answer === null).length },
    anchors,
    stability: stabilityFigures({ items }),
    order: orderFigures({ items, pairs: observations.pairs }),
    modes: modeAgreement(items),
    rules: ruleAgreements(items),
    blindness,
    panel: panelFigures({ judge, items }, methods),
    labels,
  };
}

/** A check that only asked the anchors, as a run does before it judges. */
export function anchorsOnly(judge: Pick<JudgeObservations['judge'], 'model' | 'promptHash' | 'parserVersion'> & { panel: readonly string[] }, anchors: AnchorResult): JudgeCheck {
  const models = judge.panel.length > 0 ? [...judge.panel] : [judge.model];
  return { schemaVersion: 1, judge: { models, promptHash: judge.promptHash, parserVersion: judge.parserVersion }, sample: null, anchors, stability: [], order: null, modes: null, rules: [], blindness: null, panel: null, labels: [] };
}

function byKey(one: JudgeObservations['items'][number], other: JudgeObservations['items'][number]): number {
  const key = ({ method, userId, session, about }: typeof one) => `${method}\n${userId}\n${String(session).padStart(9, '0')}\n${about}`;
  return key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0;
}

export interface JudgeCheckParts {
  readonly source: CheckSample['source'];
  readonly seed: number;
  readonly methods: readonly string[];
  readonly anchors: AnchorResult;
  readonly labels: readonly LabelFigures[];
}
