// The daemon's JSON API: its shapes, and the calls. Times are RFC 3339 texts, samples have seconds since the epoch.

export type State = 'failing' | 'held' | 'paused' | 'scaling' | 'ok' | 'waiting';
export const STATES: State[] = ['failing', 'held', 'paused', 'scaling', 'ok', 'waiting'];

export interface Bounds {
  min: number | null;
  max: number | null;
}
export interface Targets {
  created: Bounds;
  started: Bounds;
}
export interface Counts {
  created: number;
  started: number;
  coming_up: number;
  stopped: number;
  suspended: number;
}
export interface Metric {
  name: string;
  value?: number | null;
  error?: string;
  series?: number;
}
export interface Override {
  paused: boolean;
  targets: Targets | null;
  until: string | null;
  reason: string;
}
export interface AppSummary {
  name: string;
  state: State;
  note: string;
  at: string | null;
  metrics: Metric[];
  counts: Counts;
  targets: Targets | null;
  action: string;
  count: number;
  override: Override | null;
  spark?: (number | null)[];
}
export interface Observation {
  metric: string;
  value?: number | null;
  error?: string;
  series?: { labels: Record<string, string>; value: number }[];
}
export interface Stage {
  name: string;
  before: Targets;
  after: Targets;
  reason: string;
}
export interface PlanMachine {
  id?: string;
  name?: string;
  region: string;
  state?: string;
}
export interface Plan {
  action: string;
  count: number;
  reason?: string;
  problem?: string;
  clone_of?: string;
  machines?: PlanMachine[];
  waiting?: { id: string; busy: number }[];
}
export interface Outcome {
  id?: string;
  name?: string;
  region: string;
  result: string;
  becomes?: string;
  full_regions?: string[];
  error?: string;
}
export interface Decision {
  at: string;
  current: Counts;
  metrics: Observation[];
  error?: string;
  fallback?: boolean;
  computed?: Targets;
  stages?: Stage[];
  targets?: Targets;
  plan: Plan;
  hold?: string;
  warning?: string;
  outcomes?: Outcome[];
}
export interface Machine {
  id: string;
  region: string;
  state: string;
  created_at?: string;
}
export interface Policy {
  app_name: string;
  expressions: Record<string, string>;
  regions?: string[];
  process_group?: string;
}
export interface AppDetail extends AppSummary {
  policy: Policy;
  decision: Decision | null;
  machines: Machine[];
  names: string[];
}
export interface Entry {
  app: string;
  at: string;
  action: string;
  count: number;
  ok: boolean;
  reason: string;
  error: string;
  hold: string;
  decision?: Decision;
}
export interface Status {
  version: string;
  now: string;
  started: string;
  app_name: string;
  apps: number;
  interval: number;
  dry_run: boolean;
  admin: boolean;
  history: { lasting: boolean; ok: boolean; note: string };
  states: Record<State, number>;
}
export type Column = (number | null)[];
export interface Samples {
  at: number[];
  metrics: Record<string, Column>;
  created: Column;
  started: Column;
  min_created: Column;
  max_created: Column;
  min_started: Column;
  max_started: Column;
}
export interface Evaluation {
  value?: unknown;
  type?: string;
  count?: number | null;
  error?: string;
  caret?: string;
  history?: { at: number[]; counts: Column; started: Column; target: Column };
}

// What went wrong, with the status of the reply; 0 when there was none.
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

async function request(method: string, path: string, body?: unknown, token?: string, signal?: AbortSignal): Promise<unknown> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (token) headers['Authorization'] = `Bearer ${token}`;
  let reply: Response;
  try {
    reply = await fetch(`api/v1/${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: 'no-store',
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'The autoscaler does not answer.');
  }
  const text = await reply.text();
  let json: unknown;
  try {
    json = text ? JSON.parse(text) : {};
  } catch {
    throw new ApiError(reply.status, `The reply is no JSON (status ${reply.status}).`);
  }
  if (!reply.ok) throw new ApiError(reply.status, (json as { error?: string }).error ?? `Status ${reply.status}.`);
  return json;
}

type Parameters = Record<string, string | number | undefined>;

function query(parameters: Parameters): string {
  const used = Object.entries(parameters).filter(([, v]) => v !== undefined && v !== '');
  return used.length ? `?${new URLSearchParams(used.map(([k, v]) => [k, String(v)]))}` : '';
}

const get = <T>(path: string, parameters: Parameters = {}, signal?: AbortSignal) =>
  request('GET', path + query(parameters), undefined, undefined, signal) as Promise<T>;

const app_path = (app: string) => `apps/${encodeURIComponent(app)}`;

export const api = {
  status: (signal?: AbortSignal) => get<Status>('status', {}, signal),
  apps: (p: Parameters, signal?: AbortSignal) => get<{ total: number; apps: AppSummary[] }>('apps', p, signal),
  app: (app: string, signal?: AbortSignal) => get<AppDetail>(app_path(app), {}, signal),
  samples: (app: string, p: Parameters, signal?: AbortSignal) => get<Samples>(`${app_path(app)}/samples`, p, signal),
  decisions: (p: Parameters, signal?: AbortSignal) => get<{ decisions: Entry[] }>('decisions', p, signal),
  config: (signal?: AbortSignal) => get<unknown>('config', {}, signal),
  evaluate: (body: { app: string; expression: string; since?: string; points?: number }, signal?: AbortSignal) =>
    request('POST', 'evaluate', body, undefined, signal) as Promise<Evaluation>,
};

// What only a holder of the admin token may do.
export interface AdminCall {
  method: 'POST' | 'PUT' | 'DELETE';
  what: 'pause' | 'resume' | 'tick' | 'override';
  body?: unknown;
}
export const admin_call = (app: string, call: AdminCall, token: string) =>
  request(call.method, `${app_path(app)}/${call.what}`, call.body, token);
