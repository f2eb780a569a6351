// The chart as a part of a page: legend with the values under the cursor, keys, and a table in its place.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Chart, type ChartData } from './chart';
import { moment, number, utc } from '../format';
import { useTheme } from '../theme';

interface Props {
  data: ChartData;
  label: string; // what the chart shows, for who cannot see it
  summary: string;
  height?: number;
  onPoint?: (at: number | null) => void; // seconds
  onPick?: (at: number) => void;
  onZoom?: (from: number, to: number) => void;
  onUnzoom?: () => void;
}

// A row for each of about 60 samples: enough to follow, short enough to be read out.
function ChartTable({ data, label }: { data: ChartData; label: string }) {
  const stride = Math.max(1, Math.ceil(data.at.length / 60));
  const rows = data.at.map((_, i) => i).filter((i) => (data.at.length - 1 - i) % stride === 0);
  rows.reverse();
  return (
    <div class="chart-table scroll" tabIndex={0} role="region" aria-label={`${label}, as a table`}>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {data.lines.map((l) => (
              <th scope="col" key={l.label} class="num">
                {l.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((i) => (
            <tr key={data.at[i]}>
              <th scope="row">
                <time title={utc(new Date(data.at[i] * 1000))}>{moment(new Date(data.at[i] * 1000))}</time>
              </th>
              {data.lines.map((l) => (
                <td key={l.label} class="num">
                  {number(l.values[i])}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function TimeChart({ data, label, summary, height = 340, onPoint, onPick, onZoom, onUnzoom }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const [index, set_index] = useState<number | null>(null);
  const [hidden, set_hidden] = useState<string[]>([]);
  const [as_table, set_as_table] = useState(false);
  const { version } = useTheme();
  const shown: ChartData = { ...data, lines: data.lines.map((l) => ({ ...l, hidden: hidden.includes(l.label) })) };

  const current = useRef({ data: shown, onPoint, onPick, onZoom, onUnzoom });
  current.current = { data: shown, onPoint, onPick, onZoom, onUnzoom };

  const make = () => {
    if (!host.current) return;
    chart.current?.destroy();
    chart.current = new Chart(
      host.current,
      current.current.data,
      {
        point: (i) => {
          set_index(i);
          current.current.onPoint?.(i === null ? null : (current.current.data.at[i] ?? null));
        },
        pick: (i) => current.current.onPick?.(current.current.data.at[i]),
        zoom: onZoom && ((from, to) => current.current.onZoom?.(from, to)),
        unzoom: () => current.current.onUnzoom?.(),
      },
      height,
    );
  };

  // Made anew where its lines or its colours are others, else filled.
  useLayoutEffect(() => {
    if (as_table) {
      chart.current?.destroy();
      chart.current = null;
    } else if (chart.current?.fits(shown)) {
      chart.current.update(shown);
    } else {
      make();
    }
  }, [data, hidden, as_table]);
  useLayoutEffect(() => {
    if (version && chart.current) make();
  }, [version]);
  useEffect(() => {
    if (as_table || !host.current) return;
    const watch = new ResizeObserver(() => chart.current?.resize(host.current?.clientWidth ?? 0, height));
    watch.observe(host.current);
    return () => watch.disconnect();
  }, [as_table, height]);
  useEffect(() => () => chart.current?.destroy(), []);

  const keys = (e: KeyboardEvent) => {
    const last = data.at.length - 1;
    const now = index ?? last;
    const next: Record<string, number> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      PageUp: now - 20,
      PageDown: now + 20,
      Home: 0,
      End: last,
    };
    if (e.key in next) {
      e.preventDefault();
      chart.current?.point_at(Math.min(last, Math.max(0, next[e.key])));
    } else if (e.key === 'Enter' && index !== null) {
      onPick?.(data.at[index]);
    } else if (e.key === 'Escape') {
      onUnzoom?.();
    }
  };

  const at = index === null ? undefined : data.at[index];
  const text = at === undefined ? '' : `${moment(new Date(at * 1000))}: ${data.lines.map((l) => `${l.label} ${number(l.values[index!])}`).join(', ')}`;
  const upper = data.lines.filter((l) => l.lane === 'upper');
  const toggle = (name: string) => set_hidden((h) => (h.includes(name) ? h.filter((n) => n !== name) : [...h, name]));
  return (
    <figure class="chart">
      <div class="legend" role="group" aria-label="Lines of the chart">
        {data.lines.map((l, i) => (
          <button
            key={l.label}
            type="button"
            class={`legend-item${i === upper.length && i > 0 ? ' legend-lower' : ''}`}
            aria-pressed={!hidden.includes(l.label)}
            onClick={() => toggle(l.label)}
          >
            <svg class={`swatch c-${l.colour}`} width="16" height="10" aria-hidden="true">
              <path d="M1 5h14" stroke="currentColor" stroke-width={l.dash ? 1.5 : 2.5} stroke-dasharray={l.dash ? '3 2' : undefined} />
            </svg>
            <span>{l.label}</span>
            <b>{number(l.values[index ?? last_value(l.values)])}</b>
          </button>
        ))}
        <span class="legend-time">{at === undefined ? '' : <time title={utc(new Date(at * 1000))}>{moment(new Date(at * 1000))}</time>}</span>
        <button type="button" class="quiet small" aria-pressed={as_table} onClick={() => set_as_table(!as_table)}>
          {as_table ? 'Chart' : 'Table'}
        </button>
      </div>
      {as_table ? (
        <ChartTable data={data} label={label} />
      ) : (
        <div
          class="plot"
          ref={host}
          tabIndex={0}
          role="img"
          aria-roledescription="chart"
          aria-label={`${label}. ${summary} Arrow keys move along the time, Enter explains the decision there.`}
          onKeyDown={keys}
        />
      )}
      <figcaption class="sr" aria-live="polite">
        {text}
      </figcaption>
    </figure>
  );
}

function last_value(values: (number | null)[]): number {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] !== null) return i;
  return -1;
}
