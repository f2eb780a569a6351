// The time a chart shows: the last hours up to now, or a part of them that was marked.
import type { Samples } from './api';
import { moment } from './format';

export const RANGES: [string, string][] = [
  ['1h', '1 h'],
  ['6h', '6 h'],
  ['24h', '24 h'],
  ['168h', '7 d'],
  ['720h', '30 d'],
];
const SECONDS: Record<string, number> = { '1h': 3600, '6h': 21600, '24h': 86400, '168h': 604800, '720h': 2592000 };

export interface Range {
  name: string; // of RANGES; empty: from and to
  from: number; // seconds
  to: number;
}

export const named_range = (name: string, now: number): Range => ({ name, from: now / 1000 - (SECONDS[name] ?? 3600), to: now / 1000 });
export const seconds_of = (range: Range) => range.to - range.from;
export const known_range = (name: string | null) => (name && name in SECONDS ? name : '1h');
export const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
export const range_text = (r: Range) => `${moment(new Date(r.from * 1000))} to ${moment(new Date(r.to * 1000))}`;

// A young history fills the chart all the same: it then begins where that does, with a minute at least.
export function trimmed(range: Range, first: number | undefined): Range {
  if (!range.name || first === undefined || first - range.from < seconds_of(range) * 0.05) return range;
  const width = Math.max(60, (range.to - first) * 1.02);
  return { ...range, from: Math.max(range.from, range.to - width) };
}

export const no_samples: Samples = { at: [], metrics: {}, created: [], started: [], min_created: [], max_created: [], min_started: [], max_started: [] };
