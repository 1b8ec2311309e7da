// Says by its exit code whether the service in this container is ready: /ready of its metrics port, or of the simulated models' own.
const { ATTUNE_METRICS_PORT: metrics, ATTUNE_PORT: port = '8000' } = process.env;
const urls = [...(metrics ? [`http://127.0.0.1:${metrics}/ready`] : []), `http://127.0.0.1:${port}/ready`];
for (const url of urls) {
  try {
    const { ok } = await fetch(url, { signal: AbortSignal.timeout(4000) });
    process.exit(ok ? 0 : 1);
  } catch {
    // Nothing listens there; the next place may be the one.
  }
}
process.exit(1);
