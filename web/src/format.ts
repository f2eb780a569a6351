// Numbers, counts and times as a reader wants them.
import type { Bounds, Decision, Targets } from './api';

const NUMBERS = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat('en', { maximumFractionDigits: digits }));
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const TINY = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e6) return SHORT.format(value);
  if (size > 0 && size < 0.01) return TINY.format(value);
  return NUMBERS[size >= 1000 ? 0 : size >= 100 ? 1 : 2].format(value);
}

export function bounds(b: Bounds | null | undefined): string {
  if (!b || (b.min === null && b.max === null)) return '–';
  if (b.min === b.max) return String(b.min);
  if (b.min === null) return `at most ${b.max}`;
  if (b.max === null) return `at least ${b.min}`;
  return `${b.min}–${b.max}`;
}

// "8 started", "5 created, 2–9 started"; empty when there are none.
export function targets(t: Targets | null | undefined): string {
  if (!t) return '';
  const parts: string[] = [];
  if (t.created.min !== null || t.created.max !== null) parts.push(`${bounds(t.created)} created`);
  if (t.started.min !== null || t.started.max !== null) parts.push(`${bounds(t.started)} started`);
  return parts.join(', ');
}

export const plural = (count: number, word: string) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;

// What a plan did, in few words: "start 3", "no change".
export function action(name: string, count: number): string {
  return name === 'no_scale' || name === 'none' || name === '' ? 'no change' : `${name} ${count}`;
}
export const acts = (name: string) => !(name === 'no_scale' || name === 'none' || name === '');

export function failure_of(d: Decision): string {
  if (d.error) return d.error;
  const failed = d.metrics.find((m) => m.error);
  if (failed) return `${failed.metric}: ${failed.error}`;
  return d.outcomes?.find((o) => o.error)?.error ?? '';
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DAY_TIME = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const HOUR_MINUTE = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

export const clock_time = (at: Date) => TIME.format(at);
export const hour_minute = (at: Date) => HOUR_MINUTE.format(at);
export const day = (at: Date) => DAY.format(at);
export const day_time = (at: Date) => DAY_TIME.format(at);
export const utc = (at: Date) => (Number.isNaN(at.getTime()) ? '' : `${at.toISOString().replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`);

// The date only where it is not today's.
export function moment(at: Date, now = new Date()): string {
  if (Number.isNaN(at.getTime())) return '–';
  return at.toDateString() === now.toDateString() ? TIME.format(at) : DAY_TIME.format(at);
}

export function span(seconds: number): string {
  const s = Math.round(Math.abs(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3570) return `${Math.round(s / 60)} min`;
  if (s < 48 * 3600) {
    const minutes = Math.round(s / 60);
    const rest = minutes % 60;
    return minutes < 600 && rest ? `${(minutes - rest) / 60} h ${rest} min` : `${Math.round(minutes / 60)} h`;
  }
  return `${Math.round(s / 86400)} days`;
}

export function ago(at: Date, now: number): string {
  const seconds = (now - at.getTime()) / 1000;
  return seconds < 2 ? 'now' : `${span(seconds)} ago`;
}

const FIELDS: Record<string, string> = {
  created: 'created',
  started: 'started',
  min_created: 'min created',
  max_created: 'max created',
  min_started: 'min started',
  max_started: 'max started',
};
export const field_name = (key: string) => FIELDS[key] ?? key.replace(/_/g, ' ');
