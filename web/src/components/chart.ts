// One time axis with up to two lanes, each with a scale of its own: a metric above, machines below. Over uPlot.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock_time, day, hour_minute, number } from '../format';
import { colour } from '../theme';
import type { Column } from '../api';

export interface Line {
  label: string;
  values: Column;
  lane: 'upper' | 'lower';
  colour: string; // a name of a colour in tokens.css
  step?: boolean;
  dash?: number[];
  width?: number;
  fill?: boolean;
  hidden?: boolean;
}
export interface Band {
  low: number; // indices of lines
  high: number;
  colour: string;
}
export interface Mark {
  at: number; // seconds
  kind: 'up' | 'down' | 'failed' | 'held';
}
export interface ChartData {
  at: number[];
  lines: Line[];
  bands: Band[];
  marks: Mark[];
  from: number;
  to: number;
  whole?: boolean; // the upper lane counts machines as well
}
export interface ChartEvents {
  point: (index: number | null) => void;
  pick?: (index: number) => void;
  zoom?: (from: number, to: number) => void;
  unzoom?: () => void;
}

// Shares of the height; what is left between them is the gap in which the marks stand.
const UPPER = 0.5;
const LOWER = 0.4;

const STEPS = [1, 2, 2.5, 5, 10];
function ticks(low: number, high: number, count: number, whole: boolean): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = power * (STEPS.find((s) => s * power >= rough) ?? 10);
  if (whole) step = Math.max(1, Math.ceil(step));
  const result: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-9); i++) result.push(i * step);
  return result;
}

// The least and greatest of the lane's visible values, 0 included: counts and queues are read from 0.
function extent(lines: Line[], lane: Line['lane']): [number, number] {
  let low = 0;
  let high = 0;
  for (const line of lines) {
    if (line.lane !== lane || line.hidden) continue;
    for (const value of line.values) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high > low ? high : low + 1];
}

export class Chart {
  private plot: uPlot;
  private data: ChartData;
  private upper: [number, number] = [0, 1];
  private lower: [number, number] = [0, 1];
  private shape: string;
  private live = true;

  constructor(
    private readonly host: HTMLElement,
    data: ChartData,
    private readonly events: ChartEvents,
    height: number,
  ) {
    this.data = data;
    this.shape = Chart.shape_of(data);
    this.measure();
    this.plot = new uPlot(this.options(host.clientWidth, height), this.columns(), host);
    this.touch();
  }

  // Whether the new data has the same lines: then they are only filled anew.
  static shape_of(data: ChartData): string {
    return JSON.stringify([data.lines.map((l) => [l.label, l.lane, l.colour]), data.bands]);
  }

  fits(data: ChartData): boolean {
    return Chart.shape_of(data) === this.shape;
  }

  update(data: ChartData) {
    this.data = data;
    this.measure();
    this.plot.batch(() => {
      data.lines.forEach((line, i) => {
        if (this.plot.series[i + 1].show === !!line.hidden) this.plot.setSeries(i + 1, { show: !line.hidden });
      });
      this.plot.setData(this.columns(), false);
      this.plot.setScale('x', { min: data.from, max: data.to });
    });
    this.plot.redraw(false, true);
  }

  resize(width: number, height: number) {
    if (width > 0) this.plot.setSize({ width, height });
  }

  // Puts the cursor on a sample, as the arrow keys do.
  point_at(index: number) {
    const at = this.data.at[index];
    if (at === undefined) return;
    this.plot.setCursor({ left: this.plot.valToPos(at, 'x'), top: this.plot.over.clientHeight / 2 });
  }

  destroy() {
    this.live = false;
    this.plot.destroy();
  }

  private two_lanes(): boolean {
    return this.data.lines.some((l) => l.lane === 'upper') && this.data.lines.some((l) => l.lane === 'lower');
  }

  private measure() {
    this.upper = extent(this.data.lines, 'upper');
    this.lower = extent(this.data.lines, 'lower');
  }

  private columns(): uPlot.AlignedData {
    return [this.data.at, ...this.data.lines.map((l) => l.values)];
  }

  private upper_range(): [number, number] {
    const [low, high] = this.upper;
    if (!this.two_lanes()) return [low, high + (high - low) * 0.08];
    const top = high + (high - low) * 0.06;
    return [low - ((top - low) * (1 - UPPER)) / UPPER, top];
  }

  private lower_range(): [number, number] {
    const [low, high] = this.lower;
    const top = high + (high - low) * 0.06;
    return this.two_lanes() ? [low, low + (top - low) / LOWER] : [low, top];
  }

  private options(width: number, height: number): uPlot.Options {
    const data = this.data;
    const phone = width < 560;
    const font = `11px ${getComputedStyle(this.host).fontFamily}`;
    const ink = () => colour('muted');
    const grid = { stroke: () => colour('grid'), width: 1 };
    const none = { show: false };
    const size = (_u: uPlot, values: string[] | null) => Math.max(30, 12 + 6.6 * Math.max(0, ...(values ?? []).map((v) => v.length)));
    const scale_axis = (lane: Line['lane'], whole: boolean): uPlot.Axis => ({
      scale: lane,
      side: lane === 'upper' || !this.two_lanes() ? 3 : 1,
      stroke: ink,
      font,
      gap: 6,
      size,
      grid,
      ticks: none,
      splits: () => {
        const [low, high] = lane === 'upper' ? this.upper : this.lower;
        return ticks(low, high, this.two_lanes() ? 3 : 5, whole);
      },
      values: (_u, splits) => splits.map((v) => number(v)),
    });
    const axes: uPlot.Axis[] = [
      {
        stroke: ink,
        font,
        grid: none,
        ticks: { stroke: () => colour('grid'), width: 1, size: 4 },
        gap: 4,
        size: 26,
        space: phone ? 62 : 74,
        values: (_u, splits, _axis, _space, increment) =>
          splits.map((s) => {
            const at = new Date(s * 1000);
            const midnight = at.getHours() === 0 && at.getMinutes() === 0;
            if (increment < 60) return clock_time(at);
            return increment >= 86400 || midnight ? day(at) : hour_minute(at);
          }),
      },
    ];
    if (data.lines.some((l) => l.lane === 'upper')) axes.push(scale_axis('upper', !!data.whole));
    if (data.lines.some((l) => l.lane === 'lower')) axes.push(scale_axis('lower', true));
    const stepped = uPlot.paths.stepped!({ align: 1 });
    const straight = uPlot.paths.linear!();
    return {
      width,
      height,
      padding: [8, this.two_lanes() ? 0 : 10, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.data.from, this.data.to] },
        upper: { range: () => this.upper_range() },
        lower: { range: () => this.lower_range() },
      },
      axes,
      series: [
        {},
        ...data.lines.map(
          (line): uPlot.Series => ({
            label: line.label,
            scale: line.lane,
            stroke: () => colour(line.colour),
            fill: line.fill ? () => colour(`${line.colour}-soft`) : undefined,
            fillTo: () => (line.lane === 'upper' ? Math.min(0, this.upper[0]) : 0),
            width: line.width ?? 1.5,
            dash: line.dash,
            show: !line.hidden,
            paths: line.step ? stepped : straight,
            points: { show: false },
            spanGaps: false,
          }),
        ),
      ],
      bands: data.bands.map((b) => ({ series: [b.high + 1, b.low + 1], fill: () => colour(b.colour) })),
      cursor: {
        x: true,
        y: false,
        drag: { x: !!this.events.zoom, y: false, setScale: false, dist: 8 },
        points: { size: 7, width: 2, stroke: (u, i) => (u.series[i].stroke as () => string)(), fill: () => colour('surface') },
        bind: {
          dblclick: () => () => {
            this.events.unzoom?.();
            return null;
          },
        },
      },
      hooks: {
        setCursor: [(u) => this.live && this.events.point(u.cursor.idx ?? null)],
        setSelect: [
          (u) => {
            if (u.select.width < 8 || !this.events.zoom) return;
            const from = u.posToVal(u.select.left, 'x');
            const to = u.posToVal(u.select.left + u.select.width, 'x');
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.events.zoom(from, to);
          },
        ],
        draw: [(u) => this.draw_marks(u)],
        ready: [
          (u) => {
            u.over.addEventListener('click', () => {
              if (u.cursor.idx != null) this.events.pick?.(u.cursor.idx);
            });
          },
        ],
      },
    };
  }

  // The marks stand in the gap between the lanes, one of a kind in each few pixels.
  private draw_marks(u: uPlot) {
    if (!this.data.marks.length || !this.two_lanes()) return;
    const ratio = devicePixelRatio;
    const y = u.bbox.top + u.bbox.height * (UPPER + (1 - UPPER - LOWER) / 2);
    const size = 4 * ratio;
    const seen = new Map<string, number>();
    const { ctx } = u;
    ctx.save();
    ctx.setLineDash([]);
    for (const mark of this.data.marks) {
      if (mark.at < this.data.from || mark.at > this.data.to) continue;
      const x = u.valToPos(mark.at, 'x', true);
      const last = seen.get(mark.kind);
      if (last !== undefined && Math.abs(last - x) < size * 1.2) continue;
      seen.set(mark.kind, x);
      draw_glyph(ctx, mark.kind, x, y, size);
    }
    ctx.restore();
  }

  // A finger moves the cursor sideways; up and down still scrolls the page.
  private touch() {
    const over = this.plot.over;
    const move = (e: PointerEvent) => {
      if (e.pointerType === 'mouse') return;
      const box = over.getBoundingClientRect();
      this.plot.setCursor({ left: e.clientX - box.left, top: e.clientY - box.top });
    };
    over.addEventListener('pointerdown', move);
    over.addEventListener('pointermove', move);
  }
}

function draw_glyph(ctx: CanvasRenderingContext2D, kind: Mark['kind'], x: number, y: number, size: number) {
  ctx.fillStyle = ctx.strokeStyle = colour(kind === 'failed' ? 'failing' : kind === 'held' ? 'held' : kind === 'up' ? 'started' : 'muted');
  ctx.lineWidth = size * 0.4;
  ctx.beginPath();
  if (kind === 'failed') {
    ctx.moveTo(x - size * 0.8, y - size * 0.8);
    ctx.lineTo(x + size * 0.8, y + size * 0.8);
    ctx.moveTo(x + size * 0.8, y - size * 0.8);
    ctx.lineTo(x - size * 0.8, y + size * 0.8);
    ctx.stroke();
  } else if (kind === 'held') {
    ctx.rect(x - size * 0.75, y - size * 0.75, size * 1.5, size * 1.5);
    ctx.stroke();
  } else {
    const tip = kind === 'up' ? -size : size;
    const shift = kind === 'up' ? -size * 0.5 : size * 0.5;
    ctx.moveTo(x, y + shift + tip);
    ctx.lineTo(x + size, y + shift - tip * 0.4);
    ctx.lineTo(x - size, y + shift - tip * 0.4);
    ctx.closePath();
    ctx.fill();
  }
}

// Columns with a hole where no tick was for long: a line across would claim what nobody saw.
export function with_gaps(at: number[], columns: Column[]): { at: number[]; columns: Column[] } {
  if (at.length < 3) return { at, columns };
  const widths = at.slice(1).map((t, i) => t - at[i]);
  const usual = [...widths].sort((a, b) => a - b)[widths.length >> 1];
  const limit = Math.max(usual * 3.5, 5);
  if (!widths.some((w) => w > limit)) return { at, columns };
  const out_at: number[] = [];
  const out: Column[] = columns.map(() => []);
  at.forEach((t, i) => {
    out_at.push(t);
    columns.forEach((c, j) => out[j].push(c[i]));
    if (i < widths.length && widths[i] > limit) {
      out_at.push(t + usual);
      columns.forEach((_, j) => out[j].push(null));
    }
  });
  return { at: out_at, columns: out };
}
