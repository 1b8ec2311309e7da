/**
 * Calls between services. This file and the folder `rpc/` are the only ones that know nice-grpc's server and client; everybody else binds,
 * serves and connects through these names.
 */
export { bindService, type ServiceBinding } from './rpc/binding.ts';
export { checkHealth, type HealthStatus } from './rpc/check-health.ts';
export { connect, type Connection, type ConnectOptions } from './rpc/connect.ts';
export { LostConnection, type DeadlineOptions } from './rpc/call.ts';
export type { Client, Implementation, PartialMessage } from './rpc/types.ts';
export type { ClientSecurity, ServerSecurity } from './rpc/security.ts';
export { DEFAULT_PEER_LIMITS, type PeerLimits } from './rpc/peer-limits.ts';
export { serve, type RunningServer, type ServeOptions } from './rpc/serve.ts';
