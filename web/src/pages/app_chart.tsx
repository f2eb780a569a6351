// The chart of an app: its metrics above; what was started and created below, within the band of the targets.
import type { Column, Entry, Samples } from '../api';
import { with_gaps, type Band, type ChartData, type Line, type Mark } from '../components/chart';
import { acts, number, plural } from '../format';
import type { Range } from '../range';

export const METRIC_COLOURS = ['metric', 'metric-2', 'metric-3', 'metric-4'];

export function marks_of(entries: Entry[]): Mark[] {
  return entries
    .filter((e) => acts(e.action) || e.error || e.hold)
    .map((e): Mark => {
      const kind = e.error || !e.ok ? 'failed' : e.hold ? 'held' : e.action === 'start' || e.action === 'create' ? 'up' : 'down';
      return { at: Date.parse(e.at) / 1000, kind };
    })
    .reverse();
}

const some = (column: Column) => column.some((v) => v !== null);
const either = (a: Column, b: Column): Column => a.map((v, i) => v ?? b[i]);

export function app_chart(samples: Samples, entries: Entry[], range: Range): ChartData {
  const names = Object.keys(samples.metrics).slice(0, METRIC_COLOURS.length);
  const kind = some(samples.min_started) || some(samples.max_started) ? 'started' : some(samples.min_created) || some(samples.max_created) ? 'created' : null;
  const low = kind === 'created' ? samples.min_created : samples.min_started;
  const high = kind === 'created' ? samples.max_created : samples.max_started;
  // Where one bound is not set, the band is a line at the other.
  const columns = [...names.map((n) => samples.metrics[n]), samples.created, samples.started, ...(kind ? [either(low, high), either(high, low)] : [])];
  const filled = with_gaps(samples.at, columns);
  const column = (i: number) => filled.columns[i];
  const n = names.length;
  const lines: Line[] = names.map((name, i) => ({ label: name, values: column(i), lane: 'upper', colour: METRIC_COLOURS[i], fill: i === 0 && n === 1, width: 1.6 }));
  lines.push({ label: 'created', values: column(n), lane: 'lower', colour: 'created', step: true, width: 1.2 });
  lines.push({ label: 'started', values: column(n + 1), lane: 'lower', colour: 'started', step: true, width: 2, fill: true });
  const bands: Band[] = [];
  if (kind) {
    const same = column(n + 2).every((v, i) => v === column(n + 3)[i]);
    const word = kind === 'created' ? 'target created' : 'target';
    lines.push({ label: same ? word : `${word} min`, values: column(n + 2), lane: 'lower', colour: 'target', step: true, width: 1.4, dash: [5, 3] });
    if (!same) {
      lines.push({ label: `${word} max`, values: column(n + 3), lane: 'lower', colour: 'target', step: true, width: 1.4, dash: [5, 3] });
      bands.push({ low: n + 2, high: n + 3, colour: 'target-soft' });
    }
  }
  return { at: filled.at, lines, bands, marks: marks_of(entries), from: range.from, to: range.to };
}

// What the chart says, in a sentence or two.
export function chart_summary(samples: Samples, entries: Entry[]): string {
  if (!samples.at.length) return 'No samples in this time.';
  const ends = (column: Column) => {
    const known = column.filter((v): v is number => v !== null);
    return known.length ? `between ${number(Math.min(...known))} and ${number(Math.max(...known))}, last ${number(known[known.length - 1])}` : 'without a value';
  };
  const metrics = Object.entries(samples.metrics).map(([name, column]) => `${name} ${ends(column)}`);
  return `${[...metrics, `started machines ${ends(samples.started)}`].join('; ')}. ${plural(entries.filter((e) => acts(e.action)).length, 'action')}.`;
}
