import type { Budget } from '../orchestrator/service.ts';
import type { ModelObserver } from '../platform/models/index.ts';

/** The observer of metrics, with the budget told of every answer before it. */
export function countedBy(budget: Budget, observer: ModelObserver | undefined): ModelObserver {
  return {
    answered(role, model, tokens, latencyMs) {
      budget.add(model, tokens);
      observer?.answered(role, model, tokens, latencyMs);
    },
    retried: (role, model) => observer?.retried(role, model),
    failed: (role, model, code) => observer?.failed(role, model, code),
    hit: (role, model) => observer?.hit(role, model),
  };
}
