/** Counters in Prometheus' text form, under vLLM's names and labels so that dashboards and autoscalers need no change. */
export function createMetrics(): Metrics {
  const counters = new Map<string, number>();
  let running = 0;

  function add(name: string, labels: Record<string, string>, amount: number): void {
    const key = `${name}{${Object.entries(labels).map(([label, value]) => `${label}="${escape(value)}"`).join(',')}}`;
    counters.set(key, (counters.get(key) ?? 0) + amount);
  }

  return {
    begin: () => void (running += 1),
    end: () => void (running -= 1),
    finished(model, reason, promptTokens, completionTokens) {
      const labels = { engine: '0', model_name: model };
      add('vllm:request_success_total', { ...labels, finished_reason: reason }, 1);
      add('vllm:prompt_tokens_total', labels, promptTokens);
      add('vllm:generation_tokens_total', labels, completionTokens);
    },
    answered: (path, status) => add('http_requests_total', { handler: path, status: String(status) }, 1),
    fault: (kind) => add('attune_model_sim_faults_total', { kind }, 1),
    render(model) {
      const gauges = [
        `# TYPE vllm:num_requests_running gauge\nvllm:num_requests_running{engine="0",model_name="${escape(model)}"} ${running}`,
        `# TYPE vllm:num_requests_waiting gauge\nvllm:num_requests_waiting{engine="0",model_name="${escape(model)}"} 0`,
      ];
      const names = [...new Set([...counters.keys()].map((key) => key.slice(0, key.indexOf('{'))))].sort();
      const lines = names.map((name) => [`# TYPE ${name} counter`, ...rowsOf(counters, name)].join('\n'));
      return `${[...gauges, ...lines].join('\n')}\n`;
    },
  };
}

function rowsOf(counters: ReadonlyMap<string, number>, name: string): string[] {
  return [...counters].filter(([key]) => key.startsWith(`${name}{`)).map(([key, value]) => `${key} ${value}`).sort();
}

function escape(value: string): string {
  return value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');
}

export interface Metrics {
  /** A request is being worked on until end(). */
  begin(): void;
  end(): void;
  /** A model call was answered; reason is "stop" or "length". */
  finished(model: string, reason: string, promptTokens: number, completionTokens: number): void;
  /** An HTTP answer was sent; path is the route, never what the client typed. */
  answered(path: string, status: number): void;
  fault(kind: string): void;
  render(model: string): string;
}
