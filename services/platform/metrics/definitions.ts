/** Every metric of Attune: README.md of this folder and the dashboard in deploy/grafana name these and no others. */
export const METRICS = {
  attune_rpc_calls_total: { kind: 'counter', labels: ['rpc', 'code'], help: 'Calls of a service that have ended, by rpc and status code.' },
  attune_rpc_seconds: { kind: 'histogram', labels: ['rpc'], help: 'Time from the arrival of a call to its end, in seconds.' },
  attune_rpc_in_flight: { kind: 'gauge', labels: ['rpc'], help: 'Calls under way.' },
  attune_model_calls_total: { kind: 'counter', labels: ['role', 'model', 'status'], help: 'Model calls by role and status: ok, cached, or the code of the error.' },
  attune_model_call_seconds: { kind: 'histogram', labels: ['role', 'model'], help: 'Time of the attempt that was answered, in seconds.' },
  attune_model_tokens_total: { kind: 'counter', labels: ['role', 'model', 'kind'], help: 'Tokens of answered calls: prompt, completion, and cached_prompt, which is a part of prompt.' },
  attune_model_retries_total: { kind: 'counter', labels: ['role', 'model'], help: 'Attempts that failed for a passing reason and were made again.' },
  attune_sessions_total: { kind: 'counter', labels: ['method', 'status'], help: 'Sessions that have ended, by method and status: ok, timeout, sim_error or agent_error.' },
  attune_session_seconds: { kind: 'histogram', labels: ['method'], help: 'Wall time of a session, in seconds.' },
  attune_turns_total: { kind: 'counter', labels: ['method'], help: 'Agent turns that have ended.' },
  attune_turn_seconds: { kind: 'histogram', labels: ['method'], help: "Wall time of a turn, the user's message and the reply, in seconds." },
  attune_verdicts_total: { kind: 'counter', labels: ['stage'], help: 'Verdicts of the judge, by stage: task, turns or probe.' },
  attune_faults_total: { kind: 'counter', labels: ['service', 'kind'], help: 'Problems outside of session records.' },
  attune_queue_depth: { kind: 'gauge', labels: ['queue'], help: 'Entries that wait in a queue.' },
  attune_queue_age_seconds: { kind: 'gauge', labels: ['queue'], help: 'Age of the oldest entry that waits, in seconds; 0 when none does.' },
  attune_process_resident_bytes: { kind: 'gauge', labels: [], help: 'Memory of the process.' },
  attune_process_cpu_seconds_total: { kind: 'counter', labels: [], help: 'CPU time of the process, user and system, in seconds.' },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRICS;

interface MetricDefinition {
  kind: 'counter' | 'gauge' | 'histogram';
  labels: readonly string[];
  help: string;
}
